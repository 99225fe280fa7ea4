package io.vectorferry.sink.runner;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.sink.spi.Target;
import java.time.Clock;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps one target at what {@code records} says, with one thread and one writer a table. Closes the target's writers, not the target. */
public final class SinkStage extends PausableStage {
    private static final Logger LOG = LoggerFactory.getLogger(SinkStage.class);
    private static final String SNAPSHOT_KEYS = "snapshot/";

    private final Target target;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final SinkLimits limits;
    private final RefusedUpdates refusedUpdates;
    private final RecordsEnds endsAtStart;
    private final Clock clock;
    private final AtomicReference<@Nullable Retries> attempts = new AtomicReference<>();
    private final RetryLog retries;
    private volatile boolean working;

    public SinkStage(
            Target target, KafkaConnection kafka, Topics topics, SinkLimits limits, RefusedUpdates refusedUpdates) {
        this(target, kafka, topics, limits, refusedUpdates, Clock.systemUTC());
    }

    /** Creates a stage for a broker that cannot have lost records. */
    public SinkStage(
            Target target,
            KafkaConnection kafka,
            Topics topics,
            SinkLimits limits,
            RefusedUpdates refusedUpdates,
            Clock clock) {
        this(target, kafka, topics, limits, refusedUpdates, RecordsEnds.unknown(), clock);
    }

    /** @param clock used for how long ago the target was written to */
    public SinkStage(
            Target target,
            KafkaConnection kafka,
            Topics topics,
            SinkLimits limits,
            RefusedUpdates refusedUpdates,
            RecordsEnds endsAtStart,
            Clock clock) {
        super("sink/" + target.name());
        this.refusedUpdates = refusedUpdates;
        this.endsAtStart = endsAtStart;
        this.clock = clock;
        this.target = target;
        this.kafka = kafka;
        this.topics = topics;
        this.limits = limits;
        this.retries = new RetryLog(LOG, name() + " tries again");
    }

    @Override
    public String name() {
        return "sink/" + target.name();
    }

    @Override
    public void run() {
        life.run(this::fill);
    }

    private void fill() {
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
            SinkProgressPublisher progress = new SinkProgressPublisher(target.name(), control, clock);
            try {
                run(control, progress);
            } catch (Retries.Ended e) {
                LOG.info(
                        "{} stops while its target is unavailable; records that were not applied will be read again",
                        name());
            } catch (RuntimeException | Error e) {
                report(progress, e);
                throw e;
            }
        }
    }

    private void retried(SinkProgressPublisher progress, FerryException e) {
        retries.failed(e);
        progress.retrying(e);
    }

    private void recovered(SinkProgressPublisher progress) {
        retries.recovered();
        progress.running();
    }

    private void report(SinkProgressPublisher progress, Throwable e) {
        try {
            progress.failed(FerryException.unexpected(name(), e));
        } catch (RuntimeException unreported) {
            e.addSuppressed(unreported);
        }
    }

    private void run(ControlPublisher control, SinkProgressPublisher progress) {
        try (RejectedRecords rejected = new RejectedRecords(target.name(), kafka, topics, clock);
                ControlView view = new ControlView(kafka, topics.control());
                RecordsTopicReader reader = reader(rejected, new NotedTables(view, control, target.name()))) {
            Retries retries = new Retries(
                    limits.maxBackoff(), life, e -> retried(progress, e), () -> recovered(progress), reader::stay);
            attempts.set(retries);
            try (CollectionSinks collections = new CollectionSinks(
                    target, retries, rejected, refusedUpdates, clock, sharing -> searchedBy(view, sharing), reader)) {
                BarrierAcknowledger barriers = new BarrierAcknowledger(target.name(), control, clock);
                resume(view, collections, reader, barriers, progress);
                SinkSession session = new SinkSession(limits, reader, collections, barriers, progress, clock);
                progress.running();
                follow(session);
                session.finish();
            }
        }
    }

    private void follow(SinkSession session) {
        boolean atWork = false;
        while (!life.isStopping()) {
            if (!life.isPauseRequested()) {
                atWork = atWork || life.beginUnlessPaused();
            } else if (atWork) {
                session.drain();
                life.end();
                atWork = false;
            }
            if (atWork) {
                session.step();
                working = true;
            } else {
                session.rest();
            }
        }
    }

    private RecordsTopicReader reader(RejectedRecords rejected, NotedTables tables) {
        return target.capabilities().remembersOffsets()
                ? RecordsTopicReader.ofAll(kafka, topics.records(), endsAtStart, rejected::publishUnreadable)
                : RecordsTopicReader.inGroup(
                        kafka, topics, target.name(), tables, endsAtStart, rejected::publishUnreadable);
    }

    /**
     * Resumes: {@code control} has the collections; the table of each, or the target's consumer group, has its
     * offsets.
     */
    private void resume(
            ControlView view,
            CollectionSinks collections,
            RecordsTopicReader reader,
            BarrierAcknowledger barriers,
            SinkProgressPublisher progress) {
        view.refresh();
        progress.resume(view);
        progress.publish();
        barriers.resume(view, reader.partitions());
        for (Control known : view.withPrefix(SNAPSHOT_KEYS).values()) {
            collections.of(known.getSnapshotProgress().getCollection());
        }
        if (target.capabilities().remembersOffsets()) {
            reader.seek(collections.committed(), collections.oldest(RecordsTopicReader.forgottenBefore(clock)), clock);
        }
        collections.started();
    }

    /** Asked when an index is made, which is seldom: the view is not kept up to date in between. */
    private static Optional<DistanceMetric> searchedBy(ControlView view, Collection<String> collections) {
        view.refresh();
        return new RecordedDistances(view).of(collections);
    }

    @Override
    public String waitsFor() {
        Retries retries = attempts.get();
        return retries == null
                ? ""
                : retries.waited()
                        .map(waited ->
                                "waits for the target, which has not responded for %d s".formatted(waited.toSeconds()))
                        .orElse("");
    }

    @Override
    public boolean isWorking() {
        return working;
    }
}
