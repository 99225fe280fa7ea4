package io.vectorferry.app.lifecycle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.control.lifecycle.HistoryEntry;
import io.vectorferry.verify.report.VerificationText;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "history",
        description = "Shows who changed the state of the pipeline, when and why.",
        footer = {"", "Example: ferry history -f pipeline.yaml"})
public final class HistoryCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.OF_NO_STORE)) {
            List<HistoryEntry> entries = new ControlAccess(pipeline)
                    .history().stream().map(HistoryEntry::of).toList();
            if (options.json()) {
                out.println(JSON.writeValueAsString(entries));
            } else {
                entries.forEach(entry -> print(out, entry));
            }
        }
        out.flush();
        return ExitCode.DONE;
    }

    private static void print(PrintWriter out, HistoryEntry entry) {
        String move = entry.from().equals(entry.to()) ? entry.to() : entry.from() + " -> " + entry.to();
        out.printf(
                "%4d  %s  %-12s %s%s%s%n",
                entry.sequence(),
                VerificationText.moment(entry.at()),
                entry.who(),
                move,
                (entry.paused() ? ", paused" : "") + (entry.failed() ? ", failed" : ""),
                entry.why().isEmpty() ? "" : ": " + entry.why());
    }
}
