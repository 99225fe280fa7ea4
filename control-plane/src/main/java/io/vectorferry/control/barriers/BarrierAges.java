package io.vectorferry.control.barriers;

import io.vectorferry.contracts.wire.Barrier;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How old a barrier is. Of one that was announced since this process looks, its own steady clock says since when it is known,
 * whatever the clocks of those who issue barriers do; the time that is written in the barrier counts where it agrees. Of an
 * older one that time counts, and at least the time that this process has been looking. For one thread.
 */
public final class BarrierAges {
    /** Maximum: at twice a second, the last half hour exactly; of older ones, fewer are kept. */
    private static final int MAX_KEPT = 4_096;

    /** A barrier is seen that long after it was issued at most; a time that is written in it and says more is of another clock. */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private final long firstSequence;
    private final long startedNanos;

    /** Times by sequence. */
    private final TreeMap<Long, Long> seenNanos = new TreeMap<>();

    private Renewal renewal = new Renewal(Long.MAX_VALUE, 0);

    /**
     * A barrier, and every later one, says as much as one of that time would: nothing was committed to the source between.
     *
     * @param nanos by the steady clock
     */
    public record Renewal(long sequence, long nanos) {}

    /** @param sequence barriers with a greater one are announced from now on */
    public BarrierAges(long sequence, LongSupplier nanoTime) {
        this.firstSequence = sequence + 1;
        this.nanoTime = nanoTime;
        this.startedNanos = nanoTime.getAsLong();
    }

    /** The newest, as often as it is looked at. */
    public void announced(io.vectorferry.contracts.message.Barrier newest) {
        if (newest.sequence() >= firstSequence) {
            seenNanos.putIfAbsent(newest.sequence(), nanoTime.getAsLong());
        }
        if (seenNanos.size() > MAX_KEPT) {
            thinOut();
        }
    }

    public void renewed(Renewal newest) {
        renewal = newest;
    }

    /**
     * Returns the age of one that was acknowledged.
     *
     * @param nowMicros by this process's wall clock
     */
    public Duration of(Barrier barrier, long nowMicros) {
        Duration age = sinceIssued(barrier, nowMicros);
        Duration renewed = Duration.ofNanos(nanoTime.getAsLong() - renewal.nanos());
        return barrier.getSequence() >= renewal.sequence() && renewed.compareTo(age) < 0 ? renewed : age;
    }

    private Duration sinceIssued(Barrier barrier, long nowMicros) {
        long now = nanoTime.getAsLong();
        long written = TimeUnit.MICROSECONDS.toNanos(nowMicros - barrier.getIssuedMicros());
        if (barrier.getSequence() < firstSequence) {
            return Duration.ofNanos(Math.max(now - startedNanos, written));
        }
        Map.@Nullable Entry<Long, Long> seen = seenNanos.floorEntry(barrier.getSequence());
        long sinceSeen = now - (seen == null ? startedNanos : seen.getValue());
        boolean isPlausible = written >= sinceSeen && written - sinceSeen <= ON_ITS_WAY.toNanos();
        return Duration.ofNanos(isPlausible ? written : sinceSeen);
    }

    /** Every second one of the older half. */
    private void thinOut() {
        boolean drop = false;
        int left = seenNanos.size() / 2;
        for (var each = seenNanos.keySet().iterator(); each.hasNext() && left > 0; left--) {
            each.next();
            if (drop) {
                each.remove();
            }
            drop = !drop;
        }
    }
}
