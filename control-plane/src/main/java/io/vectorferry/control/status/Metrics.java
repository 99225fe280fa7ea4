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
    private static final double MILLIS_PER_SECOND = 1_000.0;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<PipelineStatus> status;

    /** @param joined whether documents refer to vectors */
    public Metrics(Supplier<PipelineStatus> status, List<String> targets, boolean joined) {
        this.status = status;
        for (int i = 0; i < targets.size(); i++) {
            ofTarget(i, Tags.of("target", targets.get(i)));
        }
        ofPipeline();
        ofLifecycle();
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
                "Age of the newest barrier that every partition has acknowledged; NaN before the first. While nothing"
                        + " changes, the newest barrier is renewed if PostgreSQL says that nothing was committed;"
                        + " otherwise a barrier comes every fourth barrier.interval, every 2 seconds by default, and"
                        + " it rises to that",
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

    private void ofLifecycle() {
        gauge(
                "vectorferry.paused",
                "1 while all stages are to pause, otherwise 0",
                Tags.empty(),
                s -> s.lifecycle().paused() ? 1 : 0);
        gauge(
                "vectorferry.reads.percent",
                "Percentage of reads that the target to which reads move answers",
                Tags.empty(),
                s -> s.routing().percent().doubleValue());
        gauge(
                "vectorferry.shadow.comparisons",
                "Shadow reads compared since the step of the routing began",
                Tags.empty(),
                s -> shadow(s, RoutingStatus.Shadow::comparisons));
        gauge(
                "vectorferry.shadow.overlap",
                "Mean share of the source's results that the target found, over the window; NaN without a comparison",
                Tags.empty(),
                s -> shadow(s, found -> orUnknown(found.overlap())));
        String errors = "Searches of the window that failed";
        gauge(
                "vectorferry.shadow.errors",
                errors,
                Tags.of("side", "source"),
                s -> shadow(s, RoutingStatus.Shadow::sourceErrors));
        gauge(
                "vectorferry.shadow.errors",
                errors,
                Tags.of("side", "target"),
                s -> shadow(s, RoutingStatus.Shadow::targetErrors));
        latency("source", "0.5", found -> orUnknown(found.sourceP50Millis()));
        latency("source", "0.95", found -> orUnknown(found.sourceP95Millis()));
        latency("source", "0.99", found -> orUnknown(found.sourceP99Millis()));
        latency("target", "0.5", found -> orUnknown(found.targetP50Millis()));
        latency("target", "0.95", found -> orUnknown(found.targetP95Millis()));
        latency("target", "0.99", found -> orUnknown(found.targetP99Millis()));
    }

    private void latency(String side, String quantile, ToDoubleFunction<RoutingStatus.Shadow> millis) {
        gauge(
                "vectorferry.shadow.latency.seconds",
                "Latency of the searches of the window; NaN without one",
                Tags.of("side", side, "quantile", quantile),
                s -> shadow(s, millis) / MILLIS_PER_SECOND);
    }

    private static double shadow(PipelineStatus status, ToDoubleFunction<RoutingStatus.Shadow> value) {
        RoutingStatus.Shadow found = status.routing().shadow();
        return found == null ? Double.NaN : value.applyAsDouble(found);
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
