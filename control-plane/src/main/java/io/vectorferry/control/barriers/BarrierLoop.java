package io.vectorferry.control.barriers;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.message.Barrier;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Issues a barrier every interval, less often while nothing changes, and none during a pause, in a thread of its own: a source that hangs must not
 * stop the status. While nothing changes and the source says that nothing was committed to it, the last barrier is renewed
 * instead: each new one is a transaction of the whole pipeline.
 */
public final class BarrierLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(BarrierLoop.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    /** Number of intervals without a change after which there is a barrier in every fourth at most, until something changes. */
    private static final int INTERVALS_UNTIL_IDLE = 20;

    private static final int IDLE_INTERVALS = 4;

    /** The longest time that barriers are only renewed: they also show that the stages between source and target work. */
    private static final Duration MAX_AGE = Duration.ofSeconds(20);

    /** One barrier takes milliseconds, however few are issued; one that takes longer is reported while it is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final BarrierAnnouncer barriers;
    private final LongSupplier acknowledged;
    private final LongSupplier held;
    private final LongSupplier activity;
    private final Duration interval;
    private final StageLife life;
    private final RetryLog retries = new RetryLog(LOG, "No barrier could be issued");
    private @Nullable Barrier newest;
    private long newestNanos;
    private volatile Optional<BarrierAges.Renewal> renewal = Optional.empty();
    private volatile String error = "";
    private volatile long begunNanos = System.nanoTime();
    private volatile boolean isIssuing;
    private volatile @Nullable FerryException failure;

    /**
     * @param acknowledged the sequence of the newest barrier that a target holds
     * @param held the sequence of the newest barrier that every target holds; 0 while something is wrong
     * @param activity changes whenever a row is under way
     */
    public BarrierLoop(
            BarrierAnnouncer barriers,
            LongSupplier acknowledged,
            LongSupplier held,
            LongSupplier activity,
            Duration interval,
            StageLife life) {
        this.barriers = barriers;
        this.acknowledged = acknowledged;
        this.held = held;
        this.activity = activity;
        this.interval = interval;
        this.life = life;
    }

    /** Why the last one was not issued, or what is waited for; empty when it was. */
    public String error() {
        Duration waited = Duration.ofNanos(System.nanoTime() - begunNanos);
        if (isIssuing && waited.compareTo(PATIENCE) > 0) {
            return "%s has not responded for %d s".formatted(barriers.waitsFor(), waited.toSeconds());
        }
        return error;
    }

    /** The newest; empty before the first. */
    public Optional<BarrierAges.Renewal> renewal() {
        return renewal;
    }

    /** Why none is issued any more. */
    public Optional<FerryException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void run() {
        try {
            boolean issued = true;
            long active = 0;
            int unchanged = 0;
            while (!life.awaitStop(issued ? interval : RETRY_PAUSE) && life.begin()) {
                try {
                    long now = activity.getAsLong();
                    unchanged = now == active ? unchanged + 1 : 0;
                    active = now;
                    boolean isIdle = unchanged >= INTERVALS_UNTIL_IDLE && issued;
                    if (!isIdle || (!renew() && isDueWhileIdle())) {
                        issued = issue();
                    }
                } finally {
                    life.end();
                }
            }
        } catch (InterruptedException e) {
            failure = FerryException.retryable("the issuing of barriers was interrupted", e);
        } catch (Error e) {
            failure = FerryException.unexpected("the issuing of barriers", e);
        }
    }

    private boolean isDueWhileIdle() {
        return System.nanoTime() - newestNanos
                >= interval.multipliedBy(IDLE_INTERVALS).toNanos();
    }

    /** Returns whether the last barrier says as much as a new one would. */
    private boolean renew() {
        Barrier last = newest;
        long now = System.nanoTime();
        if (last == null || held.getAsLong() < last.sequence() || now - newestNanos > MAX_AGE.toNanos()) {
            return false;
        }
        begunNanos = now;
        isIssuing = true;
        try {
            if (!barriers.isQuiet()) {
                return false;
            }
        } catch (RuntimeException e) {
            return false; // the barrier that is issued instead says what is wrong
        } finally {
            isIssuing = false;
        }
        renewal = Optional.of(new BarrierAges.Renewal(last.sequence(), now));
        return true;
    }

    private boolean issue() {
        newest = null;
        begunNanos = System.nanoTime();
        isIssuing = true;
        try {
            newestNanos = begunNanos;
            newest = barriers.issue(acknowledged.getAsLong());
            error = "";
            retries.recovered();
            return true;
        } catch (RuntimeException e) {
            // Whatever its kind: the source may come back, and until then the lag that grows is the truth.
            retries.failed(e);
            error = String.valueOf(
                    FerryException.unexpected("the issuing of a barrier", e).getMessage());
            return false;
        } finally {
            isIssuing = false;
        }
    }
}
