package io.vectorferry.control.status;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The metrics that docs/metrics.md lists in the same words, read from the newest status. */
public final class Metrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<PipelineStatus> status;

    /** @param joined whether documents refer to vectors */
    public Metrics(Supplier<PipelineStatus> status, List<String> targets, boolean joined) {
        this.status = status;
        for (int i = 0; i < targets.size(); i++) {
            ofTarget(i, Tags.of("target", targets.get(i)));
        }
        ofPipeline();
        if (joined) {
            ofReferences();
        }
        for (int i = 0; i < targets.size(); i++) {
            ofVerification(i, Tags.of("target", targets.get(i)));
        }
    }

    public String scrape() {
        return registry.scrape();
    }

    private void ofTarget(int index, Tags tags) {
        gauge(
                "vectorferry.lag.seconds",
                "Age of the newest barrier that every partition has acknowledged; NaN before the first."
                        + " While nothing changes, a barrier comes every fourth barrier.interval, every 2 seconds by default, and it rises to that",
                tags,
                s -> orUnknown(s.targets().get(index).lagSeconds()));
        gauge(
                "vectorferry.lag.records",
                "Records of the records topic that the target does not hold yet, barriers included",
                tags,
                s -> s.targets().get(index).lagRecords());
        String rows = "Writes that the target holds";
        counter("vectorferry.rows", rows, tags.and("op", "upsert"), s -> s.targets()
                .get(index)
                .upserts());
        counter("vectorferry.rows", rows, tags.and("op", "delete"), s -> s.targets()
                .get(index)
                .deletes());
    }

    private void ofPipeline() {
        gauge(
                "vectorferry.dead.letters",
                "Dead letters that nobody has retried or discarded",
                Tags.empty(),
                PipelineStatus::deadLetters);
        gauge(
                "vectorferry.snapshot.rows.done",
                "Rows of the source that the snapshot has read",
                Tags.empty(),
                s -> s.snapshot().rowsDone());
        gauge(
                "vectorferry.snapshot.rows.expected",
                "Rows that the snapshot has to read, as estimated when it began",
                Tags.empty(),
                s -> s.snapshot().rowsTotal());
        gauge(
                "vectorferry.capture.lag.bytes",
                "Bytes of the source's log that capture has not confirmed",
                Tags.empty(),
                s -> s.capture().lagBytes());
        counter(
                "vectorferry.toast.refilled",
                "Updates whose unchanged vector was read again",
                Tags.empty(),
                PipelineStatus::toastRefilled);
        counter(
                "vectorferry.noops",
                "Changes that changed nothing and were not written",
                Tags.empty(),
                PipelineStatus::noops);
    }

    private void ofReferences() {
        gauge(
                "vectorferry.references.orphan",
                "If documents refer to vectors: references without a vector when a barrier passed",
                Tags.empty(),
                s -> references(s).orphanReferences());
        gauge(
                "vectorferry.vectors.unreferenced",
                "If documents refer to vectors: vectors that no document refers to",
                Tags.empty(),
                s -> references(s).unreferencedVectors());
    }

    private void ofVerification(int index, Tags tags) {
        gauge(
                "vectorferry.verification.differences",
                "Rows that differ, according to continuous verification; NaN before it began",
                tags,
                s -> verified(s, index, VerificationStatus::differences, Double.NaN));
        counter(
                "vectorferry.verification.checked",
                "Rows that continuous verification has compared",
                tags,
                s -> verified(s, index, VerificationStatus::checked, 0));
        gauge(
                "vectorferry.verification.sweep.done",
                "Progress of its sweep over all tables, 0 to 1; NaN before it began",
                tags,
                s -> verified(s, index, VerificationStatus::sweepDone, Double.NaN));
        counter(
                "vectorferry.verification.sweeps",
                "Completed sweeps over all tables",
                tags,
                s -> verified(s, index, VerificationStatus::sweepsCompleted, 0));
    }

    private static double verified(
            PipelineStatus status, int index, ToDoubleFunction<VerificationStatus> value, double unknown) {
        VerificationStatus found = status.targets().get(index).verification();
        return found == null ? unknown : value.applyAsDouble(found);
    }

    private static PipelineStatus.References references(PipelineStatus status) {
        return Objects.requireNonNull(status.references(), "documents are joined");
    }

    private static double orUnknown(@Nullable Double value) {
        return value == null ? Double.NaN : value;
    }

    private void gauge(String name, String help, Tags tags, ToDoubleFunction<PipelineStatus> value) {
        Gauge.builder(name, status, s -> value.applyAsDouble(s.get()))
                .description(help)
                .tags(tags)
                .register(registry);
    }

    private void counter(String name, String help, Tags tags, ToDoubleFunction<PipelineStatus> value) {
        FunctionCounter.builder(name, status, s -> value.applyAsDouble(s.get()))
                .description(help)
                .tags(tags)
                .register(registry);
    }
}
