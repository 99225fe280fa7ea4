package io.vectorferry.app.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.ReferencesReport;
import io.vectorferry.verify.ids.IdMapReader;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "references",
        description = "Rewrites references to vector ids in the documents of the source.",
        footer = {"", "Example: ferry references rewrite --dry-run -f pipeline.yaml"})
public final class ReferencesCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name rewrite");
    }

    /** Exactly one of them is true. */
    static final class Mode {
        @Option(names = "--dry-run", required = true, description = "only count what would be changed; write nothing")
        private boolean dryRun;

        @Option(names = "--apply", required = true, description = "replace the references by the new ids")
        private boolean apply;

        @Option(names = "--revert", required = true, description = "restore the old ids")
        private boolean revert;
    }

    @Command(
            name = "rewrite",
            description =
                    "Replaces references in the source's documents by the new ids of the id-map topic, or reverts that.",
            footer = {
                "",
                "Example: ferry references rewrite --apply -f pipeline.yaml",
                "Exit code 2 if some references were not changed."
            })
    int rewrite(@Mixin PipelineOptions options, @ArgGroup(exclusive = true, multiplicity = "1") Mode mode)
            throws JsonProcessingException {
        ReferencesReport report;
        try (LoadedPipeline pipeline = options.load()) {
            References references = pipeline.source()
                    .references()
                    .orElseThrow(() -> FerryException.misconfigured(
                            "a source of kind %s holds no references"
                                    .formatted(pipeline.config().source().kind()),
                            "Only mongo sources, and postgres sources with `documents`, have references."));
            report = mode.revert ? references.revert() : forward(pipeline, references, mode.apply);
        }
        print(options, mode, report);
        return report.edited() + report.unmapped() > 0 ? ExitCode.CHECK_FAILED : ExitCode.DONE;
    }

    private static ReferencesReport forward(LoadedPipeline pipeline, References references, boolean apply) {
        NewIds ids = newIds(pipeline);
        return apply ? references.apply(ids) : references.preview(ids);
    }

    private static NewIds newIds(LoadedPipeline pipeline) {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        List<String> collections = pipeline.source().collections();
        try (BrokerAccess broker = BrokerAccess.shared(pipeline.config())) {
            broker.ensure(pipeline.topics());
            IdMapReader.readLiving(broker.kafka(), pipeline.topics().idMap(), (key, mapping) -> {
                if (collections.contains(key.collection())) {
                    text(key).ifPresent(old -> ids.put(old, mapping.target().id()));
                }
            });
        }
        return new NewIds(ids);
    }

    /** A reference names a key of one column. */
    private static Optional<String> text(SourceKey key) {
        if (key.parts().size() != 1) {
            return Optional.empty();
        }
        return switch (key.parts().getFirst()) {
            case Value.Text(String text) -> Optional.of(text);
            case Value.Whole(long whole) -> Optional.of(Long.toString(whole));
            case Value.Null n -> Optional.empty();
            case Value.Bool b -> Optional.empty();
            case Value.Real32 r -> Optional.empty();
            case Value.Real64 r -> Optional.empty();
            case Value.Bytes b -> Optional.empty();
            case Value.Items i -> Optional.empty();
        };
    }

    private void print(PipelineOptions options, Mode mode, ReferencesReport report) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        out.println(options.json() ? new ObjectMapper().writeValueAsString(report) : text(mode, report));
        out.flush();
    }

    private static String text(Mode mode, ReferencesReport report) {
        String changed = mode.dryRun ? "to be rewritten" : mode.apply ? "rewritten" : "put back";
        return String.format(
                Locale.ROOT,
                "%,d references in %,d documents: %,d %s, %,d already correct, %,d without a row, %,d changed meanwhile and skipped",
                report.references(),
                report.documents(),
                report.changed(),
                changed,
                report.already(),
                report.unmapped(),
                report.edited());
    }
}
