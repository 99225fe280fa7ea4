package io.vectorferry.app.terminal;

import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of every command for a pipeline. */
public final class PipelineOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "-f",
            paramLabel = "FILE",
            defaultValue = "pipeline.yaml",
            description = "the pipeline (default: ${DEFAULT-VALUE})")
    private Path file = Path.of("pipeline.yaml");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "overrides a setting of the file, such as data.dir=./elsewhere")
    private List<String> overrides = new ArrayList<>();

    @Option(names = "--json", description = "print JSON for machines")
    private boolean json;

    @Option(names = "--verbose", description = "print stack traces of errors")
    private boolean verbose;

    /** Returns where the command prints to. */
    public PrintWriter out() {
        return command.commandLine().getOut();
    }

    public PrintWriter err() {
        return command.commandLine().getErr();
    }

    public Path file() {
        return file;
    }

    public boolean json() {
        return json;
    }

    boolean verbose() {
        return verbose;
    }

    /** Removes and returns the values of {@code --set} that override no setting, for a command that gives them a meaning. */
    public List<String> takePlainValues() {
        List<String> plain =
                overrides.stream().filter(value -> !value.contains("=")).toList();
        overrides.removeAll(plain);
        return plain;
    }

    public LoadedPipeline load() {
        return load(PipelineFile.Secrets.ALL);
    }

    /** Reads the pipeline file for a command that does not open every store. */
    public LoadedPipeline load(PipelineFile.Secrets needed) {
        return PipelineLoader.read(file, overrides, needed);
    }
}
