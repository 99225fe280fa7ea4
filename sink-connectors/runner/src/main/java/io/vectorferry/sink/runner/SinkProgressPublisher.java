package io.vectorferry.sink.runner;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SinkProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the progress of the sink to {@code control}, about once a second and at each change of state. For one
 * thread.
 */
final class SinkProgressPublisher {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private enum State {
        STARTING,
        RUNNING,
        RETRYING,
        FAILED
    }

    private final String target;
    private final ControlPublisher control;
    private final Clock clock;
    private WriteCounts total = WriteCounts.NONE;
    private State state = State.STARTING;
    private String error = "";
    private long lagRecords;
    /** Its outcome matters little, since the next message replaces it; but with a broker away they must not pile up. */
    private @Nullable Future<?> sent;

    private long nextNanos = System.nanoTime();

    SinkProgressPublisher(String target, ControlPublisher control, Clock clock) {
        this.target = target;
        this.control = control;
        this.clock = clock;
    }

    void resume(ControlView view) {
        view.get(ControlKey.sink(target))
                .map(Control::getSinkProgress)
                .ifPresent(last -> total = new WriteCounts(last.getUpserts(), last.getDeletes()));
    }

    void applied(WriteCounts more) {
        total = total.plus(more);
    }

    void running() {
        state = State.RUNNING;
        error = "";
        publish();
    }

    void retrying(RuntimeException cause) {
        state = State.RETRYING;
        error = String.valueOf(cause.getMessage());
        publish();
    }

    void failed(RuntimeException cause) {
        state = State.FAILED;
        error = String.valueOf(cause.getMessage());
        publish();
    }

    void tick(long lag) {
        lagRecords = lag;
        if (System.nanoTime() - nextNanos >= 0 && (sent == null || sent.isDone())) {
            publish();
        }
    }

    void publish() {
        nextNanos = System.nanoTime() + INTERVAL.toNanos();
        sent = control.send(
                ControlKey.sink(target),
                Control.newBuilder()
                        .setSinkProgress(SinkProgress.newBuilder()
                                .setTarget(target)
                                .setState(state.name().toLowerCase(java.util.Locale.ROOT))
                                .setUpserts(total.upserts())
                                .setDeletes(total.deletes())
                                .setLagRecords(lagRecords)
                                .setUpdatedMicros(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()))
                                .setError(error))
                        .build());
    }
}
