package io.vectorferry.verify.watch;

import java.time.Duration;

/**
 * How long to rest after some work, so that what runs beside it keeps its rate.
 *
 * @param rowsPerSecond at most
 * @param share percent of the time that may be worked at most, 1 to 100
 */
public record VerificationPace(int rowsPerSecond, int share) {
    private static final int MAX_ROWS = 1_000;
    private static final int MIN_ROWS = 10;
    private static final int SECONDS_OF_ROWS = 2;
    private static final Duration SHORTEST = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Returns the number of rows to read at once; those of both sides are in memory. */
    int rowsAtOnce() {
        return Math.clamp((long) rowsPerSecond * SECONDS_OF_ROWS, MIN_ROWS, MAX_ROWS);
    }

    Duration restAfter(int rows, Duration worked) {
        Duration byRows =
                Duration.ofNanos(rows * NANOS_PER_SECOND / rowsPerSecond).minus(worked);
        Duration byShare = worked.multipliedBy(100L - share).dividedBy(share);
        return longest(longest(byRows, byShare), rows == 0 ? IDLE : SHORTEST);
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
