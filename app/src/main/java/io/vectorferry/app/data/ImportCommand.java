package io.vectorferry.app.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.jsonl.Import;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "import",
        description =
                "Writes the rows of a JSON Lines file directly into a target, bypassing Kafka. Stop the pipeline first.",
        footer = {
            "",
            "Example: ferry import -f pipeline.yaml --input backup.jsonl.zst --into lake",
            "Exit code 2 if the target rejected a row."
        })
public final class ImportCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Option(names = "--input", required = true, paramLabel = "FILE", description = "a file written by ferry export")
    private Path input = Path.of("export.jsonl");

    @Option(names = "--into", paramLabel = "TARGET", description = "name of the target; required if there are several")
    private @Nullable String into;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = options.out();
        PrintWriter err = options.err();
        Import.Outcome outcome;
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_TARGETS)) {
            Import from =
                    new Import(input, pipeline.config().dataDir(), rows -> err.printf(Locale.ROOT, "%,d rows%n", rows));
            outcome = from.into(target(pipeline));
        }
        out.println(options.json() ? new ObjectMapper().writeValueAsString(outcome) : text(outcome));
        out.flush();
        return outcome.rejected() > 0 ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    private Target target(LoadedPipeline pipeline) {
        return Optional.ofNullable(into).map(pipeline::target).orElseGet(() -> {
            if (pipeline.targets().size() > 1) {
                throw FerryException.misconfigured("the pipeline has several targets", "Name one of them with --into.");
            }
            return pipeline.targets().getFirst();
        });
    }

    private static String text(Import.Outcome outcome) {
        String done = String.format(Locale.ROOT, "%,d rows", outcome.rows());
        String resumed = outcome.skipped() == 0
                ? ""
                : String.format(Locale.ROOT, "; %,d of them from an earlier run", outcome.skipped());
        return outcome.rejected() == 0
                ? done + resumed
                : String.format(
                        Locale.ROOT,
                        "%s%s; the target rejected %,d of them, the first because: %s",
                        done,
                        resumed,
                        outcome.rejected(),
                        outcome.firstProblem());
    }
}
