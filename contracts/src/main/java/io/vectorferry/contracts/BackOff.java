package io.vectorferry.contracts;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between attempts: each is twice as long as the one before, up to a longest. For one thread. */
public final class BackOff {
    private final Duration first;
    private final Duration longest;
    private final boolean isJittered;
    private Duration next;

    private BackOff(Duration first, Duration longest, boolean isJittered) {
        this.first = first;
        this.longest = longest;
        this.isJittered = isJittered;
        this.next = first;
    }

    /** Returns one whose pauses are exact. */
    public static BackOff exact(Duration first, Duration longest) {
        return new BackOff(first, longest, false);
    }

    /** Returns one that draws each pause between its half and the whole, so that many that failed at once do not return at once. */
    public static BackOff jittered(Duration first, Duration longest) {
        return new BackOff(first, longest, true);
    }

    /** Returns the pause before the next attempt. */
    public Duration next() {
        Duration pause = next;
        Duration doubled = pause.multipliedBy(2);
        next = doubled.compareTo(longest) > 0 ? longest : doubled;
        return isJittered ? jittered(pause) : pause;
    }

    /** Begins with the first pause again, after an attempt that succeeded. */
    public void reset() {
        next = first;
    }

    private static Duration jittered(Duration pause) {
        long half = pause.toMillis() / 2;
        return Duration.ofMillis(half + ThreadLocalRandom.current().nextLong(half + 1));
    }
}
