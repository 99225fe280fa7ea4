package io.vectorferry.app.process;

import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.DesiredState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.control.ControlStage;
import io.vectorferry.control.StatusFile;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.deploy.broker.LogFiles;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.sink.runner.RecordsEnds;
import io.vectorferry.sink.runner.SinkLimits;
import io.vectorferry.sink.runner.SinkStage;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.stream.StreamStage;
import io.vectorferry.verify.TargetComparison;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.diff.VerificationProgress;
import io.vectorferry.verify.notes.VerificationNotes;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.settle.RunningPipeline;
import io.vectorferry.verify.source.LoadedPipeline;
import io.vectorferry.verify.watch.ContinuousVerifier;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stages of a pipeline running in this process, all or some. Safe for any thread. */
public final class PipelineProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineProcess.class);
    private static final Duration VERIFICATION_PATIENCE = Duration.ofSeconds(60);
    private static final String CONTROL = "control";

    private final BrokerAccess broker;
    private final Topics topics;
    private final Clock clock;
    private final List<SupervisedStage> stages = new CopyOnWriteArrayList<>();
    private final Path dataDir;
    /** The end of {@code control} before the stages started, if all of them run in this process; otherwise 0. */
    private final long since;

    private final StageReports reports;
    private final AtomicReference<@Nullable ControlStage> control = new AtomicReference<>();
    private final AtomicReference<@Nullable ContinuousVerifier> verification = new AtomicReference<>();
    private final AtomicReference<@Nullable DesiredStateWatch> desired = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private PipelineProcess(
            BrokerAccess broker,
            Topics topics,
            Path dataDir,
            ControlPublisher reporting,
            boolean hasControl,
            long since,
            Clock clock) {
        this.broker = broker;
        this.topics = topics;
        this.dataDir = dataDir;
        this.clock = clock;
        this.since = since;
        this.reports = new StageReports(stages, reporting, instance(dataDir), !hasControl);
    }

    /** The same after a restart, so that a process that was killed leaves no report behind. */
    public static String instance(Path dataDir) {
        try {
            return InetAddress.getLocalHost().getHostName() + ":"
                    + dataDir.toAbsolutePath().normalize();
        } catch (UnknownHostException e) {
            return dataDir.toAbsolutePath().normalize().toString();
        }
    }

    public static PipelineProcess start(LoadedPipeline pipeline, Set<StageKind> kinds, ProducerOptions options) {
        return start(pipeline, kinds, options, Clock.systemUTC());
    }

    /** @param clock of the control plane */
    public static PipelineProcess start(
            LoadedPipeline pipeline, Set<StageKind> kinds, ProducerOptions options, Clock clock) {
        boolean all = kinds.size() == StageKind.values().length;
        BrokerAccess broker = all ? BrokerAccess.own(pipeline.config()) : BrokerAccess.shared(pipeline.config());
        @Nullable PipelineProcess process = null;
        try {
            LOG.info(
                    "Process {} starts {} of pipeline {}",
                    ProcessHandle.current().pid(),
                    kinds,
                    pipeline.config().pipeline());
            broker.ensure(pipeline.topics());
            process = new PipelineProcess(
                    broker,
                    pipeline.topics(),
                    pipeline.config().dataDir(),
                    new ControlPublisher(broker.kafka(), pipeline.topics().control()),
                    kinds.contains(StageKind.CONTROL),
                    all ? broker.end(pipeline.topics().control()) : 0,
                    clock);
            for (StageKind kind : StageKind.values()) {
                if (kinds.contains(kind)) {
                    process.add(kind, pipeline, options);
                }
            }
            process.desired.set(
                    DesiredStateWatch.start(broker.kafka(), pipeline.topics().control(), process::obey));
            process.stages.forEach(SupervisedStage::start);
            process.reports.start();
            if (kinds.contains(StageKind.CONTROL)) {
                process.verification.set(ContinuousVerifier.start(pipeline, broker.kafka()));
            }
            return process;
        } catch (RuntimeException | Error e) {
            close(process == null ? broker : process, e);
            throw e;
        }
    }

    /** Closes what a failed start has opened. */
    private static void close(AutoCloseable opened, Throwable why) {
        try {
            opened.close();
        } catch (Exception e) {
            why.addSuppressed(e);
        }
    }

    private void supervise(String name, Supplier<? extends Stage> fresh) {
        stages.add(new SupervisedStage(name, fresh, () -> reports.wake()));
    }

    /** Writes the status while the control plane is down, because nothing else does. */
    private void controlFailed() {
        reports.wake();
        stages.stream().filter(stage -> stage.name().equals(CONTROL)).forEach(stage -> StatusFile.of(dataDir)
                .failed(stage.name(), stage.report().error()));
    }

    private void add(StageKind kind, LoadedPipeline pipeline, ProducerOptions options) {
        KafkaConnection kafka = broker.kafka();
        switch (kind) {
            case PRODUCER -> {
                AtomicBoolean fresh = new AtomicBoolean(options.newGeneration());
                // Only the first start begins a generation: a restart goes on with it.
                supervise("producer", () -> pipeline.source()
                        .stage(kafka, topics, new ProducerOptions(fresh.getAndSet(false))));
            }
            case STREAM ->
                supervise(
                        "stream",
                        () -> new StreamStage(
                                pipeline.config(),
                                TableSharing.of(pipeline),
                                kafka,
                                topics,
                                pipeline.config().dataDir().resolve("state"),
                                options.newGeneration()));
            case SINK -> {
                Map<Integer, Long> ends = broker.endsAtStart(topics.records());
                for (Target target : pipeline.targets()) {
                    RecordsEnds atStart = new RecordsEnds(ends);
                    supervise(
                            "sink/" + target.name(),
                            () -> new SinkStage(
                                    target,
                                    kafka,
                                    topics,
                                    SinkLimits.defaults(),
                                    pipeline.config().refusedUpdates(),
                                    atStart,
                                    Clock.systemUTC()));
                }
            }
            case CONTROL ->
                stages.add(new SupervisedStage(CONTROL, () -> controlStage(pipeline, kafka), this::controlFailed));
        }
    }

    private ControlStage controlStage(LoadedPipeline pipeline, KafkaConnection kafka) {
        ControlStage stage = new ControlStage(
                pipeline.config(),
                pipeline.source().snapshots(),
                kafka,
                topics,
                pipeline.source().barriers(kafka, topics),
                since,
                instance(dataDir),
                clock);
        control.set(stage);
        return stage;
    }

    /** Requests a pause of every stage; each obeys at its next safe point, as {@link #status} shows. */
    public void pause() {
        stages.forEach(SupervisedStage::pause);
        reports.wake();
    }

    public void resume() {
        stages.forEach(SupervisedStage::resume);
        reports.wake();
    }

    private void obey(DesiredState state) {
        switch (state) {
            case PAUSED -> pause();
            case RUNNING -> resume();
        }
    }

    /** Compares a target with the source row by row while all this runs. */
    public VerificationReport verify(LoadedPipeline pipeline, Target target, long seed) {
        VerificationOptions options = VerificationOptions.of(
                VerificationOptions.DEFAULT_SAMPLE,
                seed,
                false,
                VectorTolerance.EXACT,
                pipeline.config().verification().checkpointEvery());
        try (VerificationNotes notes = VerificationNotes.open(pipeline, target, Optional.of(seed), true, true)) {
            TargetComparison comparison =
                    new TargetComparison(pipeline, target, options, notes, new VerificationProgress());
            return RunningPipeline.during(
                    pipeline, broker.kafka(), VERIFICATION_PATIENCE, running -> comparison.run(Optional.of(running)));
        }
    }

    public Optional<PipelineStatus> status() {
        return observation().map(ControlStage.Observation::status);
    }

    public Optional<ControlStage.Observation> observation() {
        ControlStage stage = control.get();
        return stage == null ? Optional.empty() : stage.observation();
    }

    /** Every barrier that is announced from now on has a greater one. */
    public long barrierSequence() {
        try (ControlView view = new ControlView(broker.kafka(), topics.control())) {
            view.refresh();
            return view.sequence();
        }
    }

    /** The files of the embedded broker that this process runs. */
    public Optional<LogFiles> logFiles() {
        return broker.files();
    }

    /** The first error that a person has to act on. */
    public Optional<RuntimeException> failure() {
        return stages.stream().flatMap(stage -> stage.failure().stream()).findFirst();
    }

    /** Stops the verification first, then in the order of {@link StageKind}, then the broker. Harmless when repeated. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean wasInterrupted = Thread.interrupted(); // it would cut every wait below
        try {
            ContinuousVerifier verifying = verification.get();
            if (verifying != null) {
                verifying.close();
            }
            DesiredStateWatch watch = desired.get();
            if (watch != null) {
                watch.close();
            }
            stages.forEach(SupervisedStage::close);
            reports.close();
            stages.forEach(stage -> stage.failure().ifPresent(reason -> StatusFile.of(dataDir)
                    .failed(stage.name(), stage.report().error())));
            broker.close();
            LOG.info("Process {} has stopped", ProcessHandle.current().pid());
        } finally {
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
