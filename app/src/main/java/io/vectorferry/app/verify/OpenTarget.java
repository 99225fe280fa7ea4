package io.vectorferry.app.verify;

import io.vectorferry.app.IdLookups;
import io.vectorferry.app.LoadedPipeline;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.control.ControlKey;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.wire.ContinuousVerification;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.control.verify.Pace;
import io.vectorferry.control.verify.PassingBarriers;
import io.vectorferry.control.verify.TargetWatch;
import io.vectorferry.control.verify.VectorTolerance;
import io.vectorferry.control.verify.WatchedTable;
import io.vectorferry.producer.Source;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.stream.TargetRows;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** All that the continuous verification of a target holds open. For one thread. */
record OpenTarget(
        List<String> collections, TargetWatch watch, RecentRows recent, IdLookups lookups, List<TargetReader> readers)
        implements AutoCloseable {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
    private static final Duration BARRIER_PATIENCE = Duration.ofSeconds(60);

    /**
     * @param view of that thread
     * @param before what an earlier run has published
     */
    static OpenTarget of(
            LoadedPipeline pipeline,
            Target target,
            KafkaConnection kafka,
            ControlView view,
            ContinuousVerification before,
            CountDownLatch stopping) {
        PipelineConfig config = pipeline.config();
        Topics topics = pipeline.topics();
        List<String> all = pipeline.source().collections();
        // A source that has none says so now, and not in the midst of a turn.
        all.forEach(pipeline.source()::blocks);
        PassingBarriers barriers = new PassingBarriers(
                view, topics.records().partitions(), target.name(), BARRIER_PATIENCE, stopping, Clock.systemUTC());
        TargetTables tables = new TargetTables(pipeline, target);
        IdLookups lookups =
                new IdLookups(view, config.control().lookup(), topics.idMap().partitions());
        List<TargetReader> readers = new ArrayList<>();
        List<WatchedTable> watched = new ArrayList<>();
        for (List<String> collections : tables.all()) {
            TargetRows rows = new TargetRows(config);
            RowIds ids =
                    switch (config.ids()) {
                        case ALLOCATE -> new LookedUpRowIds(lookups);
                        case PRESERVE, UUID5 ->
                            tables.ids(collections, Optional.of(new MappedIds(kafka, topics.idMap())));
                    };
            TargetReader reader = target.reader(collections.getFirst());
            readers.add(reader);
            watched.add(new WatchedTable(
                    collections.getFirst(),
                    new PipelineSource(pipeline.source(), collections, rows, ids),
                    reader,
                    barriers,
                    DeadLetterExplanations.of(kafka, topics, view, target.name(), rows),
                    tolerance(pipeline.source(), collections)));
        }
        RecentRows recent = RecentRows.of(kafka, RowTopics.of(pipeline), System.nanoTime());
        TargetWatch watch = new TargetWatch(
                watched,
                recent,
                barriers,
                () -> generations(view, pipeline.source().snapshots()),
                settings(config, target.name()),
                before,
                Clock.systemUTC());
        return new OpenTarget(all, watch, recent, lookups, readers);
    }

    private static VectorTolerance tolerance(Source source, List<String> collections) {
        return new VectorTolerance(
                collections.stream().mapToDouble(source::tolerance).max().orElse(0));
    }

    private static TargetWatch.Settings settings(PipelineConfig config, String target) {
        PipelineConfig.ContinuousVerification asked = config.verification().continuous();
        return new TargetWatch.Settings(
                new Pace(asked.rowsPerSecond(), asked.share()),
                asked.sweepEvery(),
                LOOK_AGAIN,
                config.dataDir().resolve("verify").resolve("continuous").resolve(target));
    }

    private static Optional<List<Integer>> generations(ControlView view, List<String> collections) {
        view.refresh();
        List<Integer> generations = new ArrayList<>();
        for (String collection : collections) {
            Optional<SnapshotProgress> snapshot =
                    view.get(ControlKey.snapshot(collection)).map(Control::getSnapshotProgress);
            if (snapshot.filter(SnapshotProgress::getComplete).isEmpty()) {
                return Optional.empty();
            }
            snapshot.ifPresent(complete -> generations.add(complete.getGeneration()));
        }
        return Optional.of(generations);
    }

    @Override
    public void close() {
        watch.close();
        recent.close();
        lookups.close();
        readers.forEach(TargetReader::close);
    }
}
