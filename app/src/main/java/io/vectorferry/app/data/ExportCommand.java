package io.vectorferry.app.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.jsonl.Export;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DidYouMean;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "export",
        description = "Writes the rows of the source or of a target to a JSON Lines file.",
        footer = {
            "",
            "Example: ferry export -f pipeline.yaml --output backup.jsonl.zst --from lake",
            "Exit code 2 if a row was skipped because it could not be read exactly."
        })
public final class ExportCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FILE",
            description = "output file; compressed if the name ends in .gz or .zst")
    private Path output = Path.of("export.jsonl");

    @Option(
            names = "--from",
            paramLabel = "source|TARGET",
            defaultValue = "source",
            description = "source, or a target by its name (default: ${DEFAULT-VALUE})")
    private String from = "source";

    @Option(names = "--collection", description = "only this collection, by its name in the source; may be repeated")
    private List<String> collections = new ArrayList<>();

    @Option(names = "--resume", description = "resume an interrupted export (only for sources with vectors in Chroma)")
    private boolean resume;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = options.out();
        PrintWriter err = options.err();
        Export.Outcome outcome;
        try (LoadedPipeline pipeline =
                options.load(from.equals("source") ? PipelineFile.Secrets.OF_SOURCE : PipelineFile.Secrets.ALL)) {
            Export export = new Export(output, rows -> err.printf(Locale.ROOT, "%,d rows%n", rows));
            outcome = from.equals("source")
                    ? ofSource(export, pipeline)
                    : export.ofTarget(
                            pipeline.target(from),
                            collections.isEmpty() ? pipeline.source().collections() : collections);
        }
        out.println(options.json() ? new ObjectMapper().writeValueAsString(outcome) : text(outcome));
        out.flush();
        return outcome.leftOut() > 0 ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    private Export.Outcome ofSource(Export export, LoadedPipeline pipeline) {
        List<String> all = pipeline.source().collections();
        collections.forEach(name -> requireKnown(name, all));
        List<String> wanted = collections.isEmpty() ? all : collections;
        IdRule ids = IdRule.computing(pipeline.config().ids());
        SourceReader source = pipeline.source().reader();
        return resume ? export.restOfSource(source, wanted, ids) : export.ofSource(source, wanted, ids);
    }

    static void requireKnown(String collection, List<String> known) {
        if (!known.contains(collection)) {
            throw FerryException.misconfigured(
                    "the source has no collection %s%s".formatted(collection, DidYouMean.hint(collection, known)),
                    known.isEmpty()
                            ? "No collection of it has been read yet."
                            : "Its collections: %s.".formatted(String.join(", ", known)));
        }
    }

    private String text(Export.Outcome outcome) {
        String written = String.format(Locale.ROOT, "%s: %,d rows", output, outcome.rows());
        if (outcome.resumed() > 0) {
            written += String.format(Locale.ROOT, "; %,d of them from an earlier run", outcome.resumed());
        }
        return outcome.leftOut() == 0
                ? written
                : String.format(
                        Locale.ROOT,
                        "%s; %,d rows were skipped, the first because: %s",
                        written,
                        outcome.leftOut(),
                        outcome.firstProblem());
    }
}
