package io.vectorferry.verify.watch;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.wire.ContinuousVerification;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.ids.IdLookupClient;
import io.vectorferry.verify.ids.IdMapReader;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.settle.Explanations.DeadLetterExplanations;
import io.vectorferry.verify.settle.TargetBarriers.PassingBarriers;
import io.vectorferry.verify.source.ChangedRowTopics;
import io.vectorferry.verify.source.ExpectedRows;
import io.vectorferry.verify.source.LoadedPipeline;
import io.vectorferry.verify.watch.RecentChanges.RecentRows;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** All that the continuous verification of a target holds open. For one thread. */
public record VerificationSession(
        List<String> collections,
        TargetWatch watch,
        RecentRows recent,
        IdLookupClient lookups,
        List<TargetReader> readers)
        implements AutoCloseable {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
    private static final Duration BARRIER_PATIENCE = Duration.ofSeconds(60);

    /**
     * @param view of that thread
     * @param before what an earlier run has published
     */
    public static VerificationSession of(
            LoadedPipeline pipeline,
            Target target,
            KafkaConnection kafka,
            ControlView view,
            ContinuousVerification before,
            CountDownLatch stopping) {
        List<String> collections = pipeline.source().collections();
        // A source that cannot be read says so before anything is opened.
        SourceReader source = pipeline.source().reader(view);
        Map<String, Double> tolerances = new HashMap<>();
        collections.forEach(collection -> {
            var unused = source.blocks(collection);
            tolerances.put(collection, source.tolerance(collection));
        });
        Topics topics = pipeline.topics();
        ChangedRowTopics named = ChangedRowTopics.of(pipeline);
        RecentRows recent = RecentRows.of(kafka, named, System.nanoTime());
        IdLookupClient lookups = new IdLookupClient(view, topics.idMap().partitions());
        PassingBarriers barriers =
                new PassingBarriers(view, topics.records().partitions(), target.name(), BARRIER_PATIENCE, stopping);
        Between between = new Between(pipeline, source, target, kafka, view, barriers, lookups, tolerances);
        List<TargetReader> readers = new ArrayList<>();
        TargetWatch watch = new TargetWatch(
                between.tables(readers),
                recent,
                barriers,
                new SnapshotGenerations(
                        view, pipeline.source().snapshots(), named.join().isPresent()),
                settings(pipeline.config(), target.name()),
                before,
                Clock.systemUTC());
        return new VerificationSession(collections, watch, recent, lookups, readers);
    }

    /** The source and the target, and the running pipeline between them. */
    private record Between(
            LoadedPipeline pipeline,
            SourceReader source,
            Target target,
            KafkaConnection kafka,
            ControlView view,
            PassingBarriers barriers,
            IdLookupClient lookups,
            Map<String, Double> tolerances) {

        /** @param readers where those are put that have to be closed */
        List<WatchedTable> tables(List<TargetReader> readers) {
            List<WatchedTable> watched = new ArrayList<>();
            for (List<String> collections : pipeline.tables(target)) {
                TargetReader reader = target.reader(collections.getFirst());
                readers.add(reader);
                watched.add(table(collections, ids(collections), reader));
            }
            return watched;
        }

        private RowIds ids(List<String> collections) {
            return switch (pipeline.config().ids()) {
                case ALLOCATE -> new RowIds.LookedUp(lookups);
                case PRESERVE, UUID5 ->
                    RowIds.computed(
                            IdRule.computing(pipeline.config().ids()),
                            collections,
                            Optional.of(new IdMapReader.KeySearch(
                                    kafka, pipeline.topics().idMap())));
            };
        }

        private WatchedTable table(List<String> collections, RowIds ids, TargetReader reader) {
            TargetRules rules = new TargetRules(pipeline.config()).holding(target::held);
            return new WatchedTable(
                    collections.getFirst(),
                    new ExpectedRows(source, collections, rules, ids),
                    reader,
                    barriers,
                    DeadLetterExplanations.of(kafka, pipeline.topics(), view, target.name(), rules),
                    new VectorTolerance(collections.stream()
                            .mapToDouble(collection -> tolerances.getOrDefault(collection, 0.0))
                            .max()
                            .orElse(0)));
        }
    }

    private static TargetWatch.Settings settings(PipelineConfig config, String target) {
        PipelineConfig.ContinuousVerification asked = config.verification().continuous();
        return new TargetWatch.Settings(
                new VerificationPace(asked.rowsPerSecond(), asked.share()),
                asked.sweepEvery(),
                LOOK_AGAIN,
                config.dataDir().resolve("verify").resolve("continuous").resolve(target));
    }

    @Override
    public void close() {
        watch.close();
        recent.close();
        lookups.close();
        readers.forEach(TargetReader::close);
    }
}
