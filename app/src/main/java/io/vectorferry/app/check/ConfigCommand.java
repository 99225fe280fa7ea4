package io.vectorferry.app.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "config",
        description = "Prints the effective settings.",
        subcommands = ConfigCommand.Show.class,
        synopsisSubcommandLabel = "show")
public final class ConfigCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.WRONG_USAGE;
    }

    @Command(
            name = "show",
            description = "Prints every effective setting and where it came from, with secrets masked.",
            footer = {"", "Example: ferry config show -f pipeline.yaml"})
    static final class Show implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Override
        public Integer call() throws JsonProcessingException {
            PrintWriter out = options.out();
            try (LoadedPipeline pipeline = options.load(PipelineFile.Secrets.NONE)) {
                if (options.json()) {
                    out.println(new ObjectMapper().writeValueAsString(pipeline.settings()));
                } else {
                    pipeline.settings().forEach(s -> out.printf("%-44s %-40s %s%n", s.path(), s.value(), s.origin()));
                }
            }
            out.flush();
            return ExitCode.DONE;
        }
    }
}
