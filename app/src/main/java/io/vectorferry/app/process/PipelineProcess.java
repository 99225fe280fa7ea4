package io.vectorferry.app.process;

import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.pipeline.LoadedPipeline;
import io.vectorferry.app.verify.ContinuousVerification;
import io.vectorferry.app.verify.RunningPipeline;
import io.vectorferry.app.verify.TargetComparison;
import io.vectorferry.app.verify.TargetNotes;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.control.ControlStage;
import io.vectorferry.control.PipelineStatus;
import io.vectorferry.control.verify.VectorTolerance;
import io.vectorferry.control.verify.VerificationNotes;
import io.vectorferry.control.verify.VerificationOptions;
import io.vectorferry.control.verify.VerificationProgress;
import io.vectorferry.control.verify.VerificationReport;
import io.vectorferry.deploy.LogFiles;
import io.vectorferry.producer.ProducerOptions;
import io.vectorferry.sink.runner.RecordsEnds;
import io.vectorferry.sink.runner.SinkLimits;
import io.vectorferry.sink.runner.SinkStage;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.stream.StreamStage;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stages of a pipeline running in this process, all or some. Safe for any thread. */
public final class PipelineProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineProcess.class);
    private static final Duration VERIFICATION_PATIENCE = Duration.ofSeconds(60);

    private final BrokerAccess broker;
    private final Topics topics;
    private final Clock clock;
    private final List<SupervisedStage> stages = new ArrayList<>();
    private final AtomicReference<@Nullable ControlStage> control = new AtomicReference<>();
    private final AtomicReference<@Nullable ContinuousVerification> verification = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private PipelineProcess(BrokerAccess broker, Topics topics, Clock clock) {
        this.broker = broker;
        this.topics = topics;
        this.clock = clock;
    }

    public static PipelineProcess start(LoadedPipeline pipeline, Set<StageKind> kinds, ProducerOptions options) {
        return start(pipeline, kinds, options, Clock.systemUTC());
    }

    /** @param clock of the control plane */
    public static PipelineProcess start(
            LoadedPipeline pipeline, Set<StageKind> kinds, ProducerOptions options, Clock clock) {
        boolean all = kinds.size() == StageKind.values().length;
        BrokerAccess broker = all ? BrokerAccess.own(pipeline.config()) : BrokerAccess.shared(pipeline.config());
        PipelineProcess process = new PipelineProcess(broker, pipeline.topics(), clock);
        try {
            LOG.info(
                    "Process {} starts {} of pipeline {}",
                    ProcessHandle.current().pid(),
                    kinds,
                    pipeline.config().pipeline());
            broker.ensure(pipeline.topics());
            for (StageKind kind : StageKind.values()) {
                if (kinds.contains(kind)) {
                    process.add(kind, pipeline, options);
                }
            }
            process.stages.forEach(SupervisedStage::start);
            if (kinds.contains(StageKind.CONTROL)) {
                process.verification.set(ContinuousVerification.start(pipeline, broker.kafka()));
            }
            return process;
        } catch (RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private void add(StageKind kind, LoadedPipeline pipeline, ProducerOptions options) {
        KafkaConnection kafka = broker.kafka();
        switch (kind) {
            case PRODUCER -> {
                AtomicBoolean fresh = new AtomicBoolean(options.newGeneration());
                // Only the first start begins a generation: a restart goes on with it.
                stages.add(new SupervisedStage("producer", () -> pipeline.source()
                        .stage(kafka, topics, new ProducerOptions(fresh.getAndSet(false)))));
            }
            case STREAM ->
                stages.add(new SupervisedStage(
                        "stream",
                        () -> new StreamStage(
                                pipeline.config(),
                                TableSharing.of(pipeline),
                                kafka,
                                topics,
                                pipeline.config().dataDir().resolve("state"),
                                options.newGeneration())));
            case SINK -> {
                Map<Integer, Long> ends = broker.endsAtStart(topics.records());
                for (Target target : pipeline.targets()) {
                    RecordsEnds atStart = new RecordsEnds(ends);
                    stages.add(new SupervisedStage(
                            "sink/" + target.name(),
                            () -> new SinkStage(
                                    target,
                                    kafka,
                                    topics,
                                    SinkLimits.defaults(),
                                    pipeline.config().refusedUpdates(),
                                    atStart,
                                    Clock.systemUTC())));
                }
            }
            case CONTROL -> stages.add(new SupervisedStage("control", () -> controlStage(pipeline, kafka)));
        }
    }

    private ControlStage controlStage(LoadedPipeline pipeline, KafkaConnection kafka) {
        ControlStage stage = new ControlStage(
                pipeline.config(),
                pipeline.source().snapshots(),
                kafka,
                topics,
                pipeline.source().barriers(kafka, topics),
                clock);
        control.set(stage);
        return stage;
    }

    /** Compares a target with the source row by row while all this runs. */
    public VerificationReport verify(LoadedPipeline pipeline, Target target, long seed) {
        VerificationOptions options = VerificationOptions.of(
                VerificationOptions.DEFAULT_SAMPLE,
                seed,
                false,
                VectorTolerance.EXACT,
                pipeline.config().verification().checkpointEvery());
        try (VerificationNotes notes = TargetNotes.open(pipeline, target, Optional.of(seed), true, true)) {
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
        if (closed.compareAndSet(false, true)) {
            ContinuousVerification verifying = verification.get();
            if (verifying != null) {
                verifying.close();
            }
            stages.forEach(SupervisedStage::close);
            broker.close();
            LOG.info("Process {} has stopped", ProcessHandle.current().pid());
        }
    }
}
