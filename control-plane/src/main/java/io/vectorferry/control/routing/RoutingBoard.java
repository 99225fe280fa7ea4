package io.vectorferry.control.routing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The routing in force, for those who read it and those who wait for a change. Safe for any thread. */
public final class RoutingBoard {
    private final ReentrantLock lock =
            new ReentrantLock(); // virtual threads wait here: a monitor would pin their carriers
    private final Condition changed = lock.newCondition();
    private volatile Routing current;

    public RoutingBoard(Routing current) {
        this.current = current;
    }

    public Routing current() {
        return current;
    }

    public void publish(Routing routing) {
        lock.lock();
        try {
            current = routing;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the routing once its version is another one, or when the time is over. */
    public Routing await(long version, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        lock.lock();
        try {
            while (current.version() == version && left > 0) {
                left = changed.awaitNanos(left);
            }
            return current;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the wait that a request asks for, such as {@code 30s}, within a bound. */
    public static Duration wait(String text, Duration most) {
        String digits = text.endsWith("s") ? text.substring(0, text.length() - 1) : text;
        try {
            Duration asked = Duration.ofNanos((long) (Double.parseDouble(digits) * TimeUnit.SECONDS.toNanos(1)));
            return asked.isNegative() ? Duration.ZERO : asked.compareTo(most) > 0 ? most : asked;
        } catch (NumberFormatException e) {
            return Duration.ZERO;
        }
    }
}
