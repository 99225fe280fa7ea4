package io.vectorferry.app.process;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.StageState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StageReport;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports in {@code control}, every few seconds and at each change, how the stages of this process are: silence means that it ended. */
final class StageReports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StageReports.class);
    private static final Duration EVERY = Duration.ofSeconds(5);

    /** The shorter interval while a stage is retried, so that its recovery shows soon. */
    private static final Duration EVERY_OF_TROUBLE = Duration.ofMillis(500);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

    private final List<SupervisedStage> stages;
    private final ControlPublisher control;
    private final String instance;
    private final boolean leavesStopped;
    private final Semaphore news = new Semaphore(0);
    private final Map<String, Future<?>> sent = new HashMap<>();
    private final Map<String, StageState> reported = new HashMap<>();
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * @param stages those that report; more may be added before {@link #start}
     * @param control closed with this
     * @param leavesStopped whether {@code control} shows at the end that the stages were stopped; otherwise it shows
     *     nothing
     */
    StageReports(List<SupervisedStage> stages, ControlPublisher control, String instance, boolean leavesStopped) {
        this.stages = stages;
        this.control = control;
        this.instance = instance;
        this.leavesStopped = leavesStopped;
        this.thread = Thread.ofPlatform().daemon().name("stage-reports").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** There is something new to report. Safe for any thread. */
    void wake() {
        news.release();
    }

    private void run() {
        try {
            while (!stopping) {
                boolean isTroubled = false;
                for (SupervisedStage stage : stages) {
                    isTroubled |= report(stage);
                }
                Duration pause = isTroubled ? EVERY_OF_TROUBLE : EVERY;
                boolean unused = news.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
                int unusedPermits = news.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Sends a report. If the broker is unavailable, reports must not accumulate: each replaces the one before. Returns whether the
     * stage is being retried.
     */
    private boolean report(SupervisedStage stage) {
        Future<?> last = sent.get(stage.name());
        try {
            SupervisedStage.Report now = stage.report();
            if (last == null || last.isDone()) {
                send(stage, now);
            }
            return now.state() == StageState.RETRYING || (stage.isPauseRequested() && now.state() != StageState.PAUSED);
        } catch (RuntimeException e) {
            // A stage that cannot say what it waits for must not silence the others.
            LOG.error("{} could not be reported", stage.name(), e);
            return false;
        }
    }

    private void send(SupervisedStage stage, SupervisedStage.Report report) {
        StageState before = reported.getOrDefault(stage.name(), StageState.RUNNING);
        if (!before.mayBecome(report.state())) {
            LOG.warn("{} cannot go from {} to {}, but is there", stage.name(), before, report.state());
        }
        reported.put(stage.name(), report.state());
        try {
            Future<?> sending = control.send(
                    ControlKey.stage(stage.name(), instance),
                    Control.newBuilder()
                            .setStageReport(StageReport.newBuilder()
                                    .setStage(stage.name())
                                    .setInstance(instance)
                                    .setState(report.state().toString())
                                    .setError(report.error())
                                    .setWaitsFor(report.waitsFor())
                                    .setUpdatedMicros(Micros.now()))
                            .build());
            sent.put(stage.name(), sending);
        } catch (KafkaException e) {
            LOG.debug("{} could not be reported", stage.name(), e);
        }
    }

    /** A stage that failed keeps its reason; what else was reported is replaced or taken back. */
    @Override
    public void close() {
        stopping = true;
        wake();
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(STOP_PATIENCE)) {
                thread.interrupt(); // it waits for a broker
                boolean unused = thread.join(STOP_PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            stages.forEach(this::last);
        }
        control.close();
    }

    private void last(SupervisedStage stage) {
        Future<?> before = sent.get(stage.name());
        if (before == null || !before.isDone()) {
            return; // Kafka is away, and a send could wait without a limit
        }
        SupervisedStage.Report report = stage.report();
        if (report.state() == StageState.FAILED) {
            send(stage, report);
        } else if (leavesStopped) {
            send(stage, new SupervisedStage.Report(StageState.STOPPED, "", ""));
        } else {
            control.remove(ControlKey.stage(stage.name(), instance));
        }
    }
}
