package io.vectorferry.producer.postgres.capture;

import io.debezium.connector.base.DefaultQueueProvider;
import io.debezium.pipeline.DataChangeEvent;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Debezium's queue between the log's reader and the batches, which can also be waited for: Debezium only looks into it
 * every poll interval, and spins in the last millisecond of each. Found by Debezium by its name; filled and emptied under
 * Debezium's own lock.
 */
public final class AwaitedQueue extends DefaultQueueProvider<DataChangeEvent> {
    static final String NAME = "awaited";

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private boolean isFilled;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void enqueue(DataChangeEvent event) throws InterruptedException {
        super.enqueue(event);
        lock.lock();
        try {
            isFilled = true;
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public DataChangeEvent poll() throws InterruptedException {
        DataChangeEvent next = super.poll();
        lock.lock();
        try {
            isFilled = size() > 0;
        } finally {
            lock.unlock();
        }
        return next;
    }

    /** Returns whether there is something, as soon as there is. */
    boolean await(Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lock();
        try {
            while (!isFilled && left > 0) {
                left = filled.awaitNanos(left);
            }
            return isFilled;
        } finally {
            lock.unlock();
        }
    }
}
