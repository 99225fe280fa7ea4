package io.vectorferry.control.status;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** Rows a second over the last {@link #WINDOW}. For one thread. */
final class SnapshotRate {
    private static final Duration WINDOW = Duration.ofSeconds(15);
    private static final Duration SAMPLE_EVERY = Duration.ofMillis(250);

    private record Sample(long micros, long rows) {}

    private final Deque<Sample> samples = new ArrayDeque<>();

    void sample(long nowMicros, long rows) {
        Sample last = samples.peekLast();
        if (last != null && nowMicros - last.micros < SAMPLE_EVERY.toNanos() / 1_000) {
            return;
        }
        samples.addLast(new Sample(nowMicros, rows));
        while (nowMicros - samples.getFirst().micros > WINDOW.toNanos() / 1_000) {
            samples.removeFirst();
        }
    }

    long rowsPerSecond() {
        Sample first = samples.peekFirst();
        Sample last = samples.peekLast();
        if (first == null || last == null || last.micros == first.micros) {
            return 0;
        }
        return Math.max(0, (last.rows - first.rows) * 1_000_000 / (last.micros - first.micros));
    }
}
