package io.vectorferry.app.demo;

import java.util.concurrent.CountDownLatch;

/** Ctrl-C as an interrupt of the thread that made this; the JVM waits until that has closed everything. */
final class Interruption implements AutoCloseable {
    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Thread main) {
        this.hook = new Thread(() -> end(main), "signal");
    }

    static Interruption ofThisThread() {
        Interruption interruption = new Interruption(Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    boolean hasCome() {
        return signalled.getCount() == 0;
    }

    /** Waits until Ctrl-C; always ends with an exception. */
    void await() throws InterruptedException {
        signalled.await();
    }

    private void end(Thread main) {
        main.interrupt(); // first, so that await is always interrupted
        signalled.countDown();
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        if (!hasCome()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // it comes at this moment
            }
        }
    }
}
