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

    /** Until Ctrl-C. */
    void await() throws InterruptedException {
        signalled.await();
    }

    private void end(Thread main) {
        signalled.countDown();
        main.interrupt();
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        if (signalled.getCount() > 0) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
