package io.vectorferry.control.status;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.control.SinkState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Barrier;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SinkProgress;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.contracts.wire.StreamProgress;
import io.vectorferry.control.barriers.AcknowledgedBarriers;
import io.vectorferry.control.barriers.BarrierAges;
import io.vectorferry.control.lifecycle.Decisions;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.routing.ShadowFigures;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Makes the status from what the stages have written to {@code control}. For one thread. */
public final class StatusReader {
    private static final double MICROS_PER_SECOND = 1_000_000.0;

    private final PipelineConfig config;
    private final List<String> collections;
    private final ControlView view;
    private final long since;
    private final Clock clock;
    private final AcknowledgedBarriers barriers;
    private final BarrierAges ages;
    private final StageWatch stages;
    private final SnapshotRate rate = new SnapshotRate();
    private final Readiness readiness;

    /**
     * @param collections those of the source; the snapshot is complete when each of them is
     * @param since the offset in {@code control} at which the run of all stages began: an error from before it is over; 0: unknown
     */
    public StatusReader(PipelineConfig config, List<String> collections, ControlView view, long since, Clock clock) {
        this.config = config;
        this.collections = List.copyOf(collections);
        this.view = view;
        this.since = since;
        this.clock = clock;
        this.barriers = new AcknowledgedBarriers(view, config.kafka().partitions());
        this.stages = new StageWatch(config, System::nanoTime);
        this.readiness = new Readiness(config.switching(), System::nanoTime);
        this.ages = new BarrierAges(view.sequence(), System::nanoTime);
    }

    /** Sets the time from which the age of a barrier counts. */
    public void renewed(BarrierAges.Renewal renewal) {
        ages.renewed(renewal);
    }

    /**
     * Returns the status.
     *
     * @param issuingError why no barrier can be issued; empty when they can
     * @param figures of shadow reads; null if this process has none
     */
    public PipelineStatus read(
            long openDeadLetters, String issuingError, Life life, ShadowFigures.@Nullable Figures figures) {
        view.announcedBarrier().ifPresent(ages::announced);
        PipelineStatus.Snapshot snapshot = snapshot();
        CaptureProgress capture = view.get(ControlKey.capture())
                .orElse(Control.getDefaultInstance())
                .getCaptureProgress();
        Map<String, String> troubles = stages.troubles(view, since);
        List<PipelineStatus.TargetStatus> targets = config.targets().stream()
                .map(target -> target(target, troubles.containsKey(StageWatch.sink(target))))
                .toList();
        List<String> errors = errors(issuingError);
        troubles.forEach((stage, why) -> add(errors, stage, why));
        errors.addAll(stages.waits());
        List<String> paused = stages.paused();
        paused.forEach(stage -> errors.add(stage + " is paused"));
        PipelineState expected = Decisions.expected(life, isSnapshotBegun(), snapshot.complete());
        PipelineStatus.References references = DocumentJoin.of(config).isPresent() ? references() : null;
        boolean isCaptureDown =
                !(current(ControlKey.capture()).getCaptureProgress().getError() + errorOfDocuments()).isEmpty();
        return new PipelineStatus(
                config.pipeline(),
                isFailed(isCaptureDown || !troubles.isEmpty(), targets) ? PipelineState.FAILED : expected,
                true,
                !paused.isEmpty(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS).toString(),
                snapshot,
                new PipelineStatus.Capture(capture.getSourcePosition(), capture.getLagBytes()),
                targets,
                openDeadLetters,
                capture.getToastRefilled(),
                sum(StreamProgress::getNoops),
                references,
                PipelineStatus.CanSwitch.of(readiness.blockers(new Readiness.Situation(
                        snapshot,
                        targets,
                        openDeadLetters,
                        references,
                        life,
                        Readiness.verification(view, life),
                        nowMicros()))),
                LifecycleStatus.of(life, expected, snapshot),
                RoutingStatus.of(life.routing(), figures),
                errors);
    }

    /** Returns what this run wrote under the key; nothing if an earlier run did. */
    private Control current(ControlKey key) {
        return view.get(key).filter(control -> view.isWrittenSince(key, since)).orElse(Control.getDefaultInstance());
    }

    /** Whether a process has reported a stage of the pipeline so lately that it runs, by its clock. */
    public boolean isRunning() {
        return StageWatch.isRunning(view, nowMicros());
    }

    /** Unless the stage says so itself. */
    private static void add(List<String> errors, String stage, String why) {
        if (errors.stream().noneMatch(error -> error.contains(why))) {
            errors.add(stage + ": " + why);
        }
    }

    /** The keys of {@code control} whose reports say nothing any more. */
    public List<String> forgottenStages() {
        return stages.forgotten();
    }

    /** The sequence of the newest barrier that every target holds; 0 before the first. */
    public long acknowledged() {
        return config.targets().stream()
                .mapToLong(target -> barriers.sequenceOf(target.name()))
                .min()
                .orElse(0);
    }

    /** Returns the same, for what some target holds. */
    public long held() {
        return config.targets().stream()
                .mapToLong(target -> barriers.sequenceOf(target.name()))
                .max()
                .orElse(0);
    }

    /** Counts what was read, captured, dropped and written: it changes whenever a row is under way. */
    public long activity() {
        long rows = sum(StreamProgress::getNoops) + sum(StreamProgress::getStale) + sum(StreamProgress::getDeadLetters);
        for (TargetConfig target : config.targets()) {
            SinkProgress progress = view.get(ControlKey.sink(target.name()))
                    .orElse(Control.getDefaultInstance())
                    .getSinkProgress();
            rows += progress.getUpserts() + progress.getDeletes();
        }
        for (String collection : collections) {
            rows += progress(collection).getRowsDone();
        }
        return rows
                + view.get(ControlKey.capture())
                        .orElse(Control.getDefaultInstance())
                        .getCaptureProgress()
                        .getChanges();
    }

    /** Every barrier that is announced after what was read has a greater sequence. */
    public long sequence() {
        return view.sequence();
    }

    /** The lowest generation that a collection is in; empty as long as one has none. */
    public OptionalInt generation() {
        return collections.stream()
                        .allMatch(c -> view.get(ControlKey.snapshot(c)).isPresent())
                ? collections.stream()
                        .mapToInt(c -> progress(c).getGeneration())
                        .min()
                : OptionalInt.empty();
    }

    public long nowMicros() {
        return Micros.now(clock);
    }

    private SnapshotProgress progress(String collection) {
        return view.get(ControlKey.snapshot(collection))
                .orElse(Control.getDefaultInstance())
                .getSnapshotProgress();
    }

    private PipelineStatus.Snapshot snapshot() {
        long done = 0;
        long total = 0;
        boolean complete = true;
        for (String collection : collections) {
            SnapshotProgress progress = progress(collection);
            done += progress.getRowsDone();
            total += Math.max(progress.getRowsTotal(), progress.getRowsDone());
            complete &= progress.getComplete();
        }
        rate.sample(nowMicros(), done);
        long rowsPerSecond = complete ? averageRate() : rate.rowsPerSecond();
        Long eta =
                complete ? Long.valueOf(0) : rowsPerSecond == 0 ? null : Long.valueOf((total - done) / rowsPerSecond);
        return new PipelineStatus.Snapshot(done, total, rowsPerSecond, eta, complete);
    }

    /** Returns the rate of the whole snapshot, which matters once it is complete. */
    private long averageRate() {
        long rows = 0;
        long started = Long.MAX_VALUE;
        long updated = 0;
        for (String collection : collections) {
            SnapshotProgress progress = progress(collection);
            rows += progress.getRowsDone();
            started = Math.min(started, progress.getStartedMicros());
            updated = Math.max(updated, progress.getUpdatedMicros());
        }
        return updated > started ? rows * 1_000_000 / (updated - started) : 0;
    }

    /** @param isDown whether its stage does not run */
    private PipelineStatus.TargetStatus target(TargetConfig target, boolean isDown) {
        SinkProgress progress = view.get(ControlKey.sink(target.name()))
                .orElse(Control.getDefaultInstance())
                .getSinkProgress();
        var barrier = barriers.newestOf(target.name());
        return new PipelineStatus.TargetStatus(
                target.name(),
                isDown ? SinkState.FAILED : state(target),
                progress.getUpserts(),
                progress.getDeletes(),
                barrier.map(acknowledged -> seconds(ages.of(acknowledged, nowMicros())))
                        .orElse(null),
                progress.getLagRecords(),
                barrier.map(Barrier::getSourcePosition).orElse(""),
                verification(target));
    }

    private SinkState state(TargetConfig target) {
        return SinkState.of(
                current(ControlKey.sink(target.name())).getSinkProgress().getState());
    }

    private static double seconds(Duration age) {
        return TimeUnit.NANOSECONDS.toMicros(age.toNanos()) / MICROS_PER_SECOND;
    }

    private @Nullable VerificationStatus verification(TargetConfig target) {
        return config.verification().continuous().enabled()
                ? view.get(ControlKey.verification(target.name()))
                        .map(control -> VerificationStatus.of(control.getContinuousVerification()))
                        .orElse(null)
                : null;
    }

    private List<String> errors(String issuingError) {
        List<String> errors = new ArrayList<>();
        CaptureProgress capture = current(ControlKey.capture()).getCaptureProgress();
        if (!capture.getError().isEmpty()) {
            errors.add("capture: " + capture.getError());
        }
        if (!capture.getWaitsFor().isEmpty()) {
            errors.add("capture " + capture.getWaitsFor());
        }
        for (String collection : collections) {
            String waitsFor = current(ControlKey.snapshot(collection))
                    .getSnapshotProgress()
                    .getWaitsFor();
            if (!waitsFor.isEmpty()) {
                errors.add("the snapshot of %s %s".formatted(collection, waitsFor));
            }
        }
        if (!errorOfDocuments().isEmpty()) {
            errors.add("capture of documents: " + errorOfDocuments());
        }
        if (!issuingError.isEmpty()) {
            errors.add("barriers: " + issuingError);
        }
        for (TargetConfig target : config.targets()) {
            String error =
                    current(ControlKey.sink(target.name())).getSinkProgress().getError();
            if (!error.isEmpty()) {
                errors.add("sink/" + target.name() + ": " + error);
            }
        }
        return errors;
    }

    /** Returns the error of the documents' capture, if documents refer to vectors. */
    private String errorOfDocuments() {
        return current(ControlKey.captureOfDocuments()).getDocumentCapture().getError();
    }

    private PipelineStatus.References references() {
        return new PipelineStatus.References(
                sum(StreamProgress::getOrphanReferences), sum(StreamProgress::getUnreferencedVectors));
    }

    private long sum(ToLongFunction<StreamProgress> count) {
        return view.withPrefix("stream/").values().stream()
                .map(Control::getStreamProgress)
                .mapToLong(count)
                .sum();
    }

    private static boolean isFailed(boolean isDown, List<PipelineStatus.TargetStatus> targets) {
        return isDown || targets.stream().anyMatch(target -> target.state() == SinkState.FAILED);
    }

    /** Whether the snapshot has begun, or there is nothing to read. */
    public boolean isSnapshotBegun() {
        return collections.isEmpty()
                || collections.stream()
                        .anyMatch(c -> view.get(ControlKey.snapshot(c)).isPresent());
    }
}
