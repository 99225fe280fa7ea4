package io.vectorferry.app.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.rules.transform.TransformChecks;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        description = "Checks source and targets before anything is written.",
        footer = {"", "Example: ferry doctor -f pipeline.yaml", "Exit code 2 when something must be fixed first."})
public final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = options.out();
        List<Finding> findings = new ArrayList<>();
        try (LoadedPipeline pipeline = options.load()) {
            findings.addAll(checked("source", () -> pipeline.source().doctor()));
            findings.addAll(
                    checked("kafka", () -> new KafkaChecks(pipeline.config().kafka(), pipeline.topics()).findings()));
            for (var target : pipeline.targets()) {
                findings.addAll(
                        checked("target", () -> target.check(pipeline.source().collections())));
            }
            if (findings.stream().noneMatch(DoctorCommand::isError)) {
                findings.addAll(checked("plan", () -> ofPlan(pipeline)));
            }
        }
        if (options.json()) {
            out.println(new ObjectMapper().writeValueAsString(java.util.Map.of("findings", findings)));
        } else {
            findings.forEach(finding -> print(out, finding));
        }
        out.flush();
        return findings.stream().anyMatch(DoctorCommand::isError) ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    /** A check that fails is a finding, beside those of the others. */
    private static List<Finding> checked(String name, Supplier<? extends List<Finding>> check) {
        try {
            return check.get();
        } catch (FerryException e) {
            return List.of(Finding.error(name, String.valueOf(e.getMessage()), e.remedy()));
        }
    }

    /** Returns the findings that need a responding source. */
    private static List<Finding> ofPlan(LoadedPipeline pipeline) {
        List<Finding> findings = new ArrayList<>();
        SourcePlan plan = pipeline.source().plan();
        TransformChecks transforms = new TransformChecks(pipeline.config().transform());
        for (SourcePlan.CollectionPlan collection : plan.collections()) {
            findings.addAll(transforms.findings(collection.collection(), collection.columns()));
            Set<String> vectors = transforms.after(collection.vectors().stream()
                    .map(SourcePlan.PlannedVector::column)
                    .toList());
            pipeline.targets().forEach(target -> vector(target, collection.collection(), vectors)
                    .ifPresent(findings::add));
        }
        findings.addAll(CapacityCheck.of(pipeline.config(), Estimate.of(plan, pipeline.config())));
        return findings;
    }

    /** Checks which of a collection's vectors goes to a target that holds one, or is configured to. */
    private static Optional<Finding> vector(Target target, String collection, Set<String> vectors) {
        Optional<String> only = target.onlyVector();
        if (only.isPresent() && !vectors.contains(only.get())) {
            return Optional.of(Finding.error(
                    "target.vector",
                    "target %s takes the vector %s, which %s has not".formatted(target.name(), only.get(), collection),
                    vectors.isEmpty()
                            ? "Name the vectors of that table in the source."
                            : "Write one of its vectors: " + String.join(", ", vectors)));
        }
        return only.isEmpty() && vectors.size() > 1 && !target.capabilities().severalVectors()
                ? Optional.of(Finding.warning(
                        "target.vector",
                        "target %s holds one vector per row: of %s, the first of %s"
                                .formatted(target.name(), collection, String.join(", ", vectors)),
                        "Write `vector: NAME` in that target to choose another one."))
                : Optional.empty();
    }

    private static boolean isError(Finding finding) {
        return finding.level() == Finding.Level.ERROR;
    }

    private static void print(PrintWriter out, Finding finding) {
        String mark =
                switch (finding.level()) {
                    case OK -> "ok     ";
                    case WARNING -> "warning";
                    case ERROR -> "ERROR  ";
                };
        out.printf("%s  %-20s %s%n", mark, finding.check(), finding.message());
        if (!finding.remedy().isEmpty()) {
            out.printf("%9s%-20s what to do: %s%n", "", "", finding.remedy());
        }
    }
}
