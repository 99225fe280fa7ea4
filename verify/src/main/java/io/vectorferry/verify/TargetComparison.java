package io.vectorferry.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.diff.VerificationProgress;
import io.vectorferry.verify.ids.IdMapReader;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.notes.PassedVerifications.PassedVerification;
import io.vectorferry.verify.notes.VerificationNotes;
import io.vectorferry.verify.report.SearchReport;
import io.vectorferry.verify.report.TableResult;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.search.SearchComparison;
import io.vectorferry.verify.search.SearchOptions;
import io.vectorferry.verify.settle.Explanations;
import io.vectorferry.verify.settle.Explanations.DeadLetterExplanations;
import io.vectorferry.verify.settle.Repairs;
import io.vectorferry.verify.settle.Repairs.PipelineRepairs;
import io.vectorferry.verify.settle.RunningPipeline;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.settle.TargetBarriers.KafkaBarriers;
import io.vectorferry.verify.source.ExpectedRows;
import io.vectorferry.verify.source.LoadedPipeline;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Verifies every table of one target, one after the other. */
public final class TargetComparison {
    private static final double NANOS_PER_SECOND = 1e9;

    private final LoadedPipeline pipeline;
    private final Target target;
    private final VerificationOptions options;
    private final VerificationNotes notes;
    private final VerificationProgress progress;

    /** @param notes which are forgotten when the report is made */
    public TargetComparison(
            LoadedPipeline pipeline,
            Target target,
            VerificationOptions options,
            VerificationNotes notes,
            VerificationProgress progress) {
        this.pipeline = pipeline;
        this.target = target;
        this.options = options;
        this.notes = notes;
        this.progress = progress;
    }

    /**
     * Compares every row.
     *
     * @param running empty: neither store changes, and nothing is waited for, explained by dead letters or repaired
     */
    public VerificationReport run(Optional<RunningPipeline> running) {
        LastPassedVerification pass = new LastPassedVerification(pipeline, target, options.tolerance());
        Optional<TopicEnds> beginning = running.flatMap(asked -> notes.beginning(() -> pass.now(asked)));
        Instant begun = notes.begun();
        VerificationReport report =
                compare(running, (collections, table) -> table::run).takenUpFrom(notes.takenUpFrom());
        if (running.isPresent() && !report.passed()) {
            pass.remembered().failedFully();
        } else {
            beginning.ifPresent(place -> pass.remembered().passedFully(begun, report.barrier(), place));
        }
        return report;
    }

    /** The rows alone that the pipeline has touched since a verification passed; refused where none has, or the topics have lost some. */
    public VerificationReport runSinceLast(RunningPipeline running) {
        LastPassedVerification pass = new LastPassedVerification(pipeline, target, options.tolerance());
        PassedVerification before = pass.remembered().last(Instant.now());
        TopicEnds beginning = pass.now(running);
        VerificationReport report = compare(
                        Optional.of(running),
                        (collections, table) ->
                                directory -> table.run(directory, pass.touchedSince(before, running, collections)))
                .since(before);
        if (report.passed()) {
            pass.remembered().passedSince(before, notes.begun(), report.barrier(), beginning);
        }
        return report;
    }

    private interface Looks {
        Function<Path, TableResult> at(List<String> collections, TableVerification table);
    }

    private VerificationReport compare(Optional<RunningPipeline> running, Looks looks) {
        long started = System.nanoTime();
        running.ifPresent(this::requireSnapshots);
        TargetBarriers barriers = running.map(this::barriers).orElse(() -> "");
        String begun = barriers.reach();
        List<TableResult> results = new ArrayList<>();
        for (List<String> collections : pipeline.tables(target)) {
            Path directory = notes.table(results.size());
            results.add(withIds(
                    collections,
                    running,
                    ids -> table(collections, ids, running, barriers, begun, verification -> looks.at(
                                    collections, verification)
                            .apply(directory))));
        }
        notes.forget();
        double seconds = (System.nanoTime() - started) / NANOS_PER_SECOND;
        return TableResult.report(pipeline.config().pipeline(), target.name(), results, options, seconds);
    }

    /** A barrier overtakes the rows of a snapshot that is still being read: they would be called missing. */
    private void requireSnapshots(RunningPipeline running) {
        running.view().refresh();
        for (String collection : pipeline.source().snapshots()) {
            boolean complete = running.view()
                    .get(ControlKey.snapshot(collection))
                    .map(control -> control.getSnapshotProgress().getComplete())
                    .orElse(false);
            if (!complete) {
                throw FerryException.misconfigured(
                        "the snapshot of %s is not complete".formatted(collection),
                        "Verify again when `ferry status` shows it as complete.");
            }
        }
    }

    private TableResult table(
            List<String> collections,
            RowIds ids,
            Optional<RunningPipeline> running,
            TargetBarriers barriers,
            String begun,
            Function<TableVerification, TableResult> look) {
        TargetRules rules = new TargetRules(pipeline.config()).holding(target::held);
        SourceReader published = published(running);
        ExpectedRows source = new ExpectedRows(published, collections, rules, ids);
        try (TargetReader reader = target.reader(collections.getFirst())) {
            return look.apply(new TableVerification(
                    source,
                    reader,
                    barriers,
                    begun,
                    running.map(asked -> explanations(asked, rules)).orElse(Explanations.NONE),
                    running.<Repairs>map(asked -> new PipelineRepairs(published, ids, asked))
                            .orElse(Repairs.NONE),
                    options,
                    progress));
        }
    }

    /** Compares searches of each of the target's tables that has vectors. */
    public List<SearchReport> search(Optional<RunningPipeline> running, SearchOptions asked) {
        List<SearchReport> reports = new ArrayList<>();
        for (List<String> collections : pipeline.tables(target)) {
            search(collections, running, asked).ifPresent(reports::add);
        }
        return reports;
    }

    private Optional<SearchReport> search(
            List<String> collections, Optional<RunningPipeline> running, SearchOptions asked) {
        TargetRules rules = new TargetRules(pipeline.config()).holding(row -> asked.searched(target.held(row)));
        Optional<DistanceMetric> metric = searchMetric(collections, asked.vector());
        return withIds(collections, running, ids -> {
            ExpectedRows source = new ExpectedRows(published(running), collections, rules, ids);
            try (TargetReader reader = target.reader(collections.getFirst(), metric)) {
                TargetBarriers barriers = running.map(this::barriers).orElse(() -> "");
                return new SearchComparison(source, reader, barriers, asked).run(collections.getFirst(), metric);
            }
        });
    }

    /** Empty where no index of the source tells it, or where the collections of one table differ. */
    private Optional<DistanceMetric> searchMetric(List<String> collections, Optional<String> vector) {
        Set<DistanceMetric> metrics = EnumSet.noneOf(DistanceMetric.class);
        SourceReader source = pipeline.source().reader();
        for (String collection : collections) {
            vector.map(name -> source.searchMetric(collection, name))
                    .orElseGet(() -> source.searchMetric(collection))
                    .ifPresent(metrics::add);
        }
        return metrics.size() == 1 ? metrics.stream().findFirst() : Optional.empty();
    }

    private <T> T withIds(List<String> collections, Optional<RunningPipeline> running, Function<RowIds, T> work) {
        if (pipeline.config().ids() != IdPolicy.ALLOCATE) {
            return work.apply(RowIds.computed(
                    IdRule.computing(pipeline.config().ids()),
                    collections,
                    running.map(asked -> new IdMapReader.KeySearch(
                            asked.kafka(), asked.topics().idMap()))));
        }
        RunningPipeline asked = running.orElseThrow(() -> FerryException.misconfigured(
                "with `ids: allocate`, only the pipeline knows the id of a row",
                "Start the pipeline, and verify without --no-pipeline."));
        try (IdMapReader map = new IdMapReader(asked.kafka(), asked.topics().idMap())) {
            return work.apply(new RowIds.Allocated(map));
        }
    }

    private SourceReader published(Optional<RunningPipeline> running) {
        return running.map(asked -> pipeline.source().reader(asked.view()))
                .orElseGet(() -> pipeline.source().reader());
    }

    private TargetBarriers barriers(RunningPipeline running) {
        return new KafkaBarriers(
                running.barriers(),
                running.view(),
                running.topics().records().partitions(),
                target.name(),
                running.patience());
    }

    private Explanations explanations(RunningPipeline running, TargetRules rules) {
        return DeadLetterExplanations.of(running.kafka(), running.topics(), running.view(), target.name(), rules);
    }
}
