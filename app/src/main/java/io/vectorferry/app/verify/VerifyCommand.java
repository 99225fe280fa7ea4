package io.vectorferry.app.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.app.terminal.Terminal;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.TargetComparison;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.diff.VerificationProgress;
import io.vectorferry.verify.notes.VerificationNotes;
import io.vectorferry.verify.report.HtmlReport;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.report.VerificationText;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.search.SearchOptions;
import io.vectorferry.verify.settle.RunningPipeline;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        description = "Compares a target with the source row by row, while both keep changing.",
        footer = {"", "Example: ferry verify -f pipeline.yaml --target lake --repair", "Exit code 2 if they differ."})
public final class VerifyCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Their keys and ids are held in memory. */
    private static final int MAX_SAMPLE_ROWS = 1_000_000;

    @Mixin
    private SearchFlags search = new SearchFlags();

    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Option(names = "--target", paramLabel = "NAME", description = "only this target; may be repeated (default: all)")
    private List<String> names = new ArrayList<>();

    @Option(names = "--full", description = "compare every row (the default)")
    @SuppressWarnings("UnusedVariable") // said or not, it is so
    private boolean full;

    @Option(
            names = "--since-last",
            description = "compare only rows that the pipeline has touched since the last verification that passed")
    private boolean sinceLast;

    @Option(
            names = "--sample",
            paramLabel = "N",
            defaultValue = "" + VerificationOptions.DEFAULT_SAMPLE,
            description = "rows whose vectors are also measured for similarity (default: ${DEFAULT-VALUE})")
    private int sample = VerificationOptions.DEFAULT_SAMPLE;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "seed of the sample (default: a new one, which is printed)")
    private @Nullable Long seed;

    @Option(names = "--restart", description = "start over instead of resuming an interrupted run")
    private boolean restart;

    @Option(
            names = "--tolerance",
            paramLabel = "FRACTION",
            defaultValue = "0",
            description = "tolerated error of a vector component, as a fraction of the largest component (default:"
                    + " ${DEFAULT-VALUE})")
    private double tolerance;

    @Option(names = "--report-html", paramLabel = "FILE", description = "also write the report as an HTML file")
    private @Nullable Path html;

    @Option(names = "--repair", description = "send rows that differ through the pipeline again")
    private boolean repair;

    @Option(names = "--no-pipeline", description = "compare two stores that do not change, without a running pipeline")
    private boolean noPipeline;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "how long to wait for a target that acknowledges nothing (default: ${DEFAULT-VALUE})")
    private int patienceSeconds = 60;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException, InterruptedException {
        if (noPipeline && repair) {
            throw new ParameterException(spec.commandLine(), "--repair needs a running pipeline: remove --no-pipeline");
        }
        if (noPipeline && sinceLast) {
            throw new ParameterException(
                    spec.commandLine(), "--since-last needs a running pipeline: remove --no-pipeline");
        }
        if (sample < 0 || sample > MAX_SAMPLE_ROWS) {
            throw new ParameterException(spec.commandLine(), "--sample takes 0 to " + MAX_SAMPLE_ROWS + " rows");
        }
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new ParameterException(spec.commandLine(), "--tolerance must be between 0 and 1, such as 1e-6");
        }
        search.check(spec.commandLine());
        List<VerificationReport> reports = new ArrayList<>();
        try (LoadedPipeline pipeline = options.load()) {
            List<Target> targets = names.isEmpty()
                    ? pipeline.targets()
                    : names.stream().map(pipeline::target).toList();
            for (Target target : targets) {
                VerificationReport report = verify(pipeline, target);
                print(report);
                reports.add(report);
            }
        }
        writeHtml(reports);
        return reports.stream().allMatch(VerificationReport::passed) ? ExitCode.DONE : ExitCode.CHECK_FAILED;
    }

    private VerificationReport verify(LoadedPipeline pipeline, Target target) throws InterruptedException {
        Optional<Long> asked = Optional.ofNullable(seed);
        try (VerificationNotes notes = sinceLast
                ? VerificationNotes.sinceLast(pipeline, target, asked)
                : VerificationNotes.open(pipeline, target, asked, !noPipeline, restart)) {
            VerificationProgress progress = new VerificationProgress();
            if (options.json()) {
                return verify(pipeline, target, notes, progress);
            }
            PrintWriter out = spec.commandLine().getOut();
            notes.takenUpFrom()
                    .ifPresent(begun -> out.printf("verify %s  resuming the run of %s%n", target.name(), begun));
            try (VerificationLine line =
                    new VerificationLine(target.name(), progress, out, Terminal.isStandardOutput())) {
                return verify(pipeline, target, notes, line.progress());
            }
        }
    }

    private VerificationReport verify(
            LoadedPipeline pipeline, Target target, VerificationNotes notes, VerificationProgress progress)
            throws InterruptedException {
        VerificationOptions verification = VerificationOptions.of(
                sample,
                notes.seed(),
                repair,
                new VectorTolerance(tolerance),
                pipeline.config().verification().checkpointEvery());
        Optional<SearchOptions> searches = search.options(notes.seed());
        TargetComparison comparison = new TargetComparison(pipeline, target, verification, notes, progress);
        if (noPipeline) {
            return verified(comparison, searches, Optional.empty());
        }
        try (BrokerAccess broker = BrokerAccess.running(pipeline.config())) {
            broker.ensure(pipeline.topics());
            try (RecordedVerification recorded =
                    RecordedVerification.begin(broker.kafka(), pipeline.topics().control(), target.name())) {
                VerificationReport report = RunningPipeline.during(
                        pipeline,
                        broker.kafka(),
                        Duration.ofSeconds(patienceSeconds),
                        running -> verified(comparison, searches, Optional.of(running)));
                recorded.finished(report);
                return report;
            }
        }
    }

    private VerificationReport verified(
            TargetComparison comparison, Optional<SearchOptions> searches, Optional<RunningPipeline> running) {
        VerificationReport rows = running.filter(asked -> sinceLast)
                .map(comparison::runSinceLast)
                .orElseGet(() -> comparison.run(running));
        return searches.map(asked -> rows.withSearches(comparison.search(running, asked)))
                .orElse(rows);
    }

    private void writeHtml(List<VerificationReport> reports) {
        if (html == null) {
            return;
        }
        try {
            Files.writeString(html, HtmlReport.of(options.file().toString(), Instant.now(), reports));
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be written: %s".formatted(html, e.getMessage()),
                    "Check the permissions and the free space of the directory.",
                    e);
        }
    }

    private void print(VerificationReport report) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        if (options.json()) {
            out.println(JSON.writeValueAsString(report));
        } else {
            out.print(VerificationText.of(report));
        }
        out.flush();
    }
}
