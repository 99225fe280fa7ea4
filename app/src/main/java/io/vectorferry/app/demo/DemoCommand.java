package io.vectorferry.app.demo;

import io.vectorferry.app.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ferry demo}. */
@Command(
        name = "demo",
        description = "Runs a complete migration on this machine with generated data, and cleans up.",
        footer = {"", "Example: ferry demo --rows 20000 --target milvus --keep"})
public final class DemoCommand implements Callable<Integer> {
    private static final int MIN_ROWS = 100;
    private static final int MAX_ROWS = 1_000_000;
    private static final int STOPPED_BY_SIGNAL = 130;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "5000",
            description = "initial rows, 100 to 1000000 (default ${DEFAULT-VALUE})")
    private int rows;

    @Option(
            names = "--target",
            paramLabel = "KIND",
            defaultValue = "lancedb",
            description = "the target: lancedb or milvus (default ${DEFAULT-VALUE})")
    private DemoTarget.Kind target = DemoTarget.Kind.LANCEDB;

    @Option(names = "--keep", description = "keep running at the end, until Ctrl-C")
    private boolean keep;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        if (rows < MIN_ROWS || rows > MAX_ROWS) {
            throw new ParameterException(
                    spec.commandLine(), "--rows must be from %d to %d".formatted(MIN_ROWS, MAX_ROWS));
        }
        DemoConsole screen = new DemoConsole(spec.commandLine().getOut(), Terminal.isStandardOutput());
        try (Interruption signal = Interruption.ofThisThread()) {
            new Demo(screen, target, rows, keep, signal).run();
            return 0;
        } catch (InterruptedException e) {
            screen.line("stopped and cleaned up");
            return STOPPED_BY_SIGNAL;
        }
    }
}
