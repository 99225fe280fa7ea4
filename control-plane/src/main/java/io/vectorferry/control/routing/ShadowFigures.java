package io.vectorferry.control.routing;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * The shadow reads of the step that is under way: those of the last {@link #window}, and how many there were in all. A change
 * of the share begins again. Safe for any thread.
 */
public final class ShadowFigures {
    /** Maximum: more of them in a window take the place of older ones. */
    private static final int MAX_KEPT = 10_000;

    /**
     * One search on both stores.
     *
     * @param overlap the share of the source's results that the target has too; NaN if one of them failed
     */
    public record Comparison(
            double overlap, boolean sourceFailed, boolean targetFailed, double sourceMillis, double targetMillis) {}

    /** Latencies in milliseconds; NaN without a search that succeeded. */
    public record Latency(double p50, double p95, double p99) {}

    /**
     * The figures of a window.
     *
     * @param total comparisons since the step began
     * @param comparisons in the window
     * @param overlap the mean; NaN if there is none
     */
    public record Figures(
            long total,
            int comparisons,
            double overlap,
            int sourceErrors,
            int targetErrors,
            Latency source,
            Latency target) {}

    private record Timed(Comparison comparison, long nanos) {}

    private final Duration window;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Timed> kept = new ArrayDeque<>();
    private int share = -1;
    private long total;

    public ShadowFigures(Duration window, LongSupplier nanoTime) {
        this.window = window;
        this.nanoTime = nanoTime;
    }

    /** @param stepShare the target's share of reads at that time */
    public void add(Comparison comparison, int stepShare) {
        lock.lock();
        try {
            begin(stepShare);
            kept.addLast(new Timed(comparison, nanoTime.getAsLong()));
            total++;
            if (kept.size() > MAX_KEPT) {
                kept.removeFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    /** @param stepShare the target's share of reads now */
    public Figures figures(int stepShare) {
        lock.lock();
        try {
            begin(stepShare);
            long now = nanoTime.getAsLong();
            while (!kept.isEmpty() && now - kept.getFirst().nanos() > window.toNanos()) {
                kept.removeFirst();
            }
            return new Figures(
                    total,
                    kept.size(),
                    Arrays.stream(values(Comparison::overlap, one -> !Double.isNaN(one.overlap())))
                            .average()
                            .orElse(Double.NaN),
                    count(Comparison::sourceFailed),
                    count(Comparison::targetFailed),
                    latency(values(Comparison::sourceMillis, one -> !one.sourceFailed())),
                    latency(values(Comparison::targetMillis, one -> !one.targetFailed())));
        } finally {
            lock.unlock();
        }
    }

    private void begin(int stepShare) {
        if (share != stepShare) {
            share = stepShare;
            kept.clear();
            total = 0;
        }
    }

    private int count(Predicate<Comparison> which) {
        return (int) kept.stream().map(Timed::comparison).filter(which).count();
    }

    private double[] values(ToDoubleFunction<Comparison> value, Predicate<Comparison> which) {
        return kept.stream()
                .map(Timed::comparison)
                .filter(which)
                .mapToDouble(value)
                .sorted()
                .toArray();
    }

    private static Latency latency(double[] sorted) {
        return new Latency(quantile(sorted, 0.5), quantile(sorted, 0.95), quantile(sorted, 0.99));
    }

    private static double quantile(double[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(part * sorted.length) - 1];
    }
}
