package io.vectorferry.control;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Issues a barrier every interval, in a thread of its own: a source that hangs must not stop the status. */
final class BarrierLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(BarrierLoop.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final BarrierIssuer issuer;
    private final Duration interval;
    private final Clock clock;
    private final CountDownLatch stopping;
    private volatile String error = "";

    BarrierLoop(BarrierIssuer issuer, Duration interval, Clock clock, CountDownLatch stopping) {
        this.issuer = issuer;
        this.interval = interval;
        this.clock = clock;
        this.stopping = stopping;
    }

    /** Why the last one was not issued; empty when it was. */
    String error() {
        return error;
    }

    @Override
    public void run() {
        try {
            boolean issued = true;
            while (!stopping.await((issued ? interval : RETRY_PAUSE).toMillis(), TimeUnit.MILLISECONDS)) {
                issued = issue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean issue() {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        try {
            issuer.issue(new Barrier(UUID.randomUUID().toString(), now, ""));
            error = "";
            return true;
        } catch (FerryException e) {
            // Whatever its kind: the source may come back, and until then the lag that grows is the truth.
            if (error.isEmpty()) {
                LOG.warn("No barrier could be issued", e);
            }
            error = String.valueOf(e.getMessage());
            return false;
        }
    }
}
