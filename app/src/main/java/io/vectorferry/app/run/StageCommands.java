package io.vectorferry.app.run;

import io.vectorferry.app.process.StageKind;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.contracts.config.PipelineFile;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One stage alone: {@code ferry producer|stream|sink|control}. */
public final class StageCommands {
    private StageCommands() {}

    private static int run(StageKind kind, PipelineOptions options, boolean newGeneration) throws InterruptedException {
        PipelineFile.Secrets needed =
                switch (kind) {
                    case PRODUCER -> PipelineFile.Secrets.OF_SOURCE;
                    case STREAM, CONTROL -> PipelineFile.Secrets.ALL;
                    case SINK -> PipelineFile.Secrets.OF_TARGETS;
                };
        var unused = new Foreground(options.load(needed), options.out(), options.json())
                .run(EnumSet.of(kind), false, newGeneration);
        return ExitCode.DONE;
    }

    @Command(
            name = "producer",
            description = "Runs only the producer: snapshot and capture.",
            footer = {"", "Example: ferry producer -f pipeline.yaml"})
    public static final class ProducerCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Option(
                names = "--new-generation",
                description = "read the source again, and delete from the target what it no longer has")
        private boolean newGeneration;

        @Override
        public Integer call() throws InterruptedException {
            return run(StageKind.PRODUCER, options, newGeneration);
        }
    }

    @Command(
            name = "stream",
            description = "Runs only the stream processor.",
            footer = {"", "Example: ferry stream -f pipeline.yaml"})
    public static final class StreamCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Option(
                names = "--new-generation",
                description =
                        "continue although unprocessed changes have expired, because the producer reads the source again")
        private boolean newGeneration;

        @Override
        public Integer call() throws InterruptedException {
            return run(StageKind.STREAM, options, newGeneration);
        }
    }

    @Command(
            name = "sink",
            description = "Runs only the sinks.",
            footer = {"", "Example: ferry sink -f pipeline.yaml"})
    public static final class SinkCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Override
        public Integer call() throws InterruptedException {
            return run(StageKind.SINK, options, false);
        }
    }

    @Command(
            name = "control",
            description = "Runs only the control plane.",
            footer = {"", "Example: ferry control -f pipeline.yaml"})
    public static final class ControlCommand implements Callable<Integer> {
        @Mixin
        private PipelineOptions options = new PipelineOptions();

        @Override
        public Integer call() throws InterruptedException {
            return run(StageKind.CONTROL, options, false);
        }
    }
}
