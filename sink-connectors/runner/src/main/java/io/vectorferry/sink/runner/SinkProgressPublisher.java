package io.vectorferry.sink.runner;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.SinkState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SinkProgress;
import io.vectorferry.sink.runner.BatchIsolation.WriteCounts;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the progress of the sink to {@code control}, about once a second while it changes and at each change of state.
 * For one thread.
 */
final class SinkProgressPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(SinkProgressPublisher.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final String target;
    private final ControlPublisher control;
    private final Clock clock;
    private WriteCounts total = WriteCounts.NONE;
    private WriteCounts told = WriteCounts.NONE;
    private long toldLagRecords;
    private SinkState state = SinkState.STARTING;
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
        become(SinkState.RUNNING, "");
    }

    void retrying(RuntimeException cause) {
        become(SinkState.RETRYING, String.valueOf(cause.getMessage()));
    }

    void failed(RuntimeException cause) {
        become(SinkState.FAILED, String.valueOf(cause.getMessage()));
    }

    private void become(SinkState next, String why) {
        if (!state.mayBecome(next)) {
            LOG.warn("sink/{} cannot go from {} to {}, but is there", target, state, next);
        }
        state = next;
        error = why;
        publish();
    }

    void tick(long lag) {
        lagRecords = lag;
        boolean isNews =
                lag != toldLagRecords || !total.equals(told) || sent == null || sent.state() == Future.State.FAILED;
        if (isNews && System.nanoTime() - nextNanos >= 0 && (sent == null || sent.isDone())) {
            publish();
        }
    }

    void publish() {
        nextNanos = System.nanoTime() + INTERVAL.toNanos();
        told = total;
        toldLagRecords = lagRecords;
        sent = control.send(
                ControlKey.sink(target),
                Control.newBuilder()
                        .setSinkProgress(SinkProgress.newBuilder()
                                .setTarget(target)
                                .setState(state.toString())
                                .setUpserts(total.upserts())
                                .setDeletes(total.deletes())
                                .setLagRecords(lagRecords)
                                .setUpdatedMicros(Micros.now(clock))
                                .setError(error))
                        .build());
    }
}
