package io.vectorferry.app.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.app.terminal.PipelineOptions;
import io.vectorferry.control.status.PipelineStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        description = "Runs all stages in this process until stopped.",
        footer = {"", "Example: ferry run -f pipeline.yaml --until caught-up"})
public final class RunCommand implements Callable<Integer> {
    @Mixin
    private PipelineOptions options = new PipelineOptions();

    @Option(
            names = "--until",
            paramLabel = "caught-up",
            description = "exit once the target holds everything that was committed at the start")
    private @Nullable String until;

    @Option(
            names = "--new-generation",
            description = "read the source again, and delete from the target what it no longer has")
    private boolean newGeneration;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException, IOException {
        if (until != null && !until.equals("caught-up")) {
            throw new ParameterException(spec.commandLine(), "--until accepts only caught-up, not " + until);
        }
        PrintWriter out = spec.commandLine().getOut();
        long started = System.nanoTime();
        Foreground.Ended ended = new Foreground(options.load(), out, options.json())
                .run(EnumSet.allOf(StageKind.class), until != null, newGeneration);
        if (ended.isCaughtUp()) {
            PipelineStatus last = ended.last().orElseThrow();
            out.println(
                    options.json()
                            ? new ObjectMapper().writeValueAsString(last)
                            : summary(last, ended.hasRead(), started));
        }
        out.flush();
        return ExitCode.DONE; // after a signal the JVM's own code counts
    }

    private static String summary(PipelineStatus status, boolean hasRead, long startedNanos) {
        return String.format(
                Locale.ROOT,
                "caught up after %.1f s: %s%n%s",
                Duration.ofNanos(System.nanoTime() - startedNanos).toMillis() / 1_000.0,
                hasRead
                        ? String.format(
                                Locale.ROOT,
                                "%,d rows of snapshot at %,d rows/s",
                                status.snapshot().rowsDone(),
                                status.snapshot().rowsPerSecond())
                        : "the snapshot was complete before",
                ProgressLine.of(status));
    }
}
