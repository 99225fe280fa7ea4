package io.vectorferry.sink.runner;

import java.time.Duration;

/**
 * How much a sink gathers and how long it waits.
 *
 * @param batchWait the longest that a change waits for others
 * @param maxBackoff the longest pause between two attempts at a target that is down
 * @param offsetsInterval how often offsets alone are committed when nothing is written
 */
public record SinkLimits(
        long batchBytes, int batchRecords, Duration batchWait, Duration maxBackoff, Duration offsetsInterval) {
    public static SinkLimits defaults() {
        return new SinkLimits(
                32L << 20, 10_000, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(60));
    }
}
