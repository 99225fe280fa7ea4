package io.vectorferry.control;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What docs/metrics.md lists, read from the newest status. */
final class Metrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Supplier<PipelineStatus> status;

    /** @param joined whether documents refer to vectors */
    Metrics(Supplier<PipelineStatus> status, List<String> targets, boolean joined) {
        this.status = status;
        gauge("vectorferry.dead.letters", PipelineStatus::deadLetters);
        gauge("vectorferry.snapshot.rows.done", s -> s.snapshot().rowsDone());
        gauge("vectorferry.snapshot.rows.expected", s -> s.snapshot().rowsTotal());
        gauge("vectorferry.capture.lag.bytes", s -> s.capture().lagBytes());
        counter("vectorferry.toast.refilled", PipelineStatus::toastRefilled);
        counter("vectorferry.noops", PipelineStatus::noops);
        if (joined) {
            gauge("vectorferry.references.orphan", s -> references(s).orphanReferences());
            gauge("vectorferry.vectors.unreferenced", s -> references(s).unreferencedVectors());
        }
        for (int i = 0; i < targets.size(); i++) {
            ofTarget(i, targets.get(i));
            verificationOf(i, targets.get(i));
        }
    }

    String scrape() {
        return registry.scrape();
    }

    private void ofTarget(int index, String name) {
        Gauge.builder(
                        "vectorferry.lag.seconds",
                        () -> lag(status.get().targets().get(index)))
                .tag("target", name)
                .register(registry);
        Gauge.builder(
                        "vectorferry.lag.records",
                        () -> status.get().targets().get(index).lagRecords())
                .tag("target", name)
                .register(registry);
        FunctionCounter.builder(
                        "vectorferry.rows",
                        status,
                        s -> s.get().targets().get(index).upserts())
                .tags("target", name, "op", "upsert")
                .register(registry);
        FunctionCounter.builder(
                        "vectorferry.rows",
                        status,
                        s -> s.get().targets().get(index).deletes())
                .tags("target", name, "op", "delete")
                .register(registry);
    }

    private void verificationOf(int index, String name) {
        FunctionCounter.builder(
                        "vectorferry.verification.checked",
                        status,
                        s -> verified(index, VerificationStatus::checked, 0))
                .tag("target", name)
                .register(registry);
        FunctionCounter.builder(
                        "vectorferry.verification.sweeps",
                        status,
                        s -> verified(index, VerificationStatus::sweepsCompleted, 0))
                .tag("target", name)
                .register(registry);
        Gauge.builder(
                        "vectorferry.verification.differences",
                        () -> verified(index, VerificationStatus::differences, Double.NaN))
                .tag("target", name)
                .register(registry);
        Gauge.builder(
                        "vectorferry.verification.sweep.done",
                        () -> verified(index, VerificationStatus::sweepDone, Double.NaN))
                .tag("target", name)
                .register(registry);
    }

    private double verified(int index, ToDoubleFunction<VerificationStatus> value, double unknown) {
        VerificationStatus found = status.get().targets().get(index).verification();
        return found == null ? unknown : value.applyAsDouble(found);
    }

    private static PipelineStatus.References references(PipelineStatus status) {
        return Objects.requireNonNull(status.references(), "documents are joined");
    }

    private static double lag(PipelineStatus.TargetStatus target) {
        Double lag = target.lagSeconds();
        return lag == null ? Double.NaN : lag;
    }

    private void gauge(String name, ToDoubleFunction<PipelineStatus> value) {
        Gauge.builder(name, status, s -> value.applyAsDouble(s.get())).register(registry);
    }

    private void counter(String name, ToDoubleFunction<PipelineStatus> value) {
        FunctionCounter.builder(name, status, s -> value.applyAsDouble(s.get())).register(registry);
    }
}
