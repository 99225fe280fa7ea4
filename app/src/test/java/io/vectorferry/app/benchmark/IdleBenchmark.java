package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What {@code ferry run} costs while nothing changes: the share of a core, by thread, and resident memory, in {@code runs}
 * minutes that follow the load and five minutes' rest, in which the JVM returns its memory; then how long the first change takes. Arguments: rows, dimension, runs.
 */
public final class IdleBenchmark {
    private static final Duration REST = Duration.ofMinutes(5);
    private static final Duration MEASURED = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** Threads with a smaller share are summed up. */
    private static final double SHOWN_PERCENT = 0.05;

    private static final double LOADED_LAG_SECONDS = 5;
    private static final int CHANGES = 5;

    private final PostgresServer server;
    private final SourceTable source;
    private final PrintStream out;

    private IdleBenchmark(PostgresServer server, int dimension, PrintStream out) {
        this.server = server;
        this.source = new SourceTable(server, dimension);
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        try (PostgresServer server = PostgresServer.forTest()) {
            new IdleBenchmark(server, Integer.parseInt(arguments[1]), System.out)
                    .run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[2]));
        }
    }

    private void run(int rows, int runs) throws IOException, InterruptedException {
        source.create();
        source.fill(1, rows, 1);
        source.execute("VACUUM ANALYZE articles");
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = new Pipeline(scratch.directory(), server);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(LOADED_LAG_SECONDS);
                out.printf("%,d rows are there: %d MB resident%n", rows, ProcessCost.residentMegabytes(ferry.pid()));
                Thread.sleep(REST);
                for (int i = 0; i < runs; i++) {
                    measure(ferry.pid());
                }
                firstChanges(scratch.directory().resolve("lance"), rows);
            }
        }
    }

    private void measure(long pid) throws InterruptedException {
        ProcessCost before = ProcessCost.of(pid);
        Thread.sleep(MEASURED);
        List<ProcessCost.ThreadCost> spent = ProcessCost.of(pid).since(before);
        double all = spent.stream().mapToDouble(ProcessCost.ThreadCost::seconds).sum() / MEASURED.toSeconds() * 100;
        out.printf(
                Locale.ROOT,
                "%.2f %% of a core, %d MB resident, %d threads%n",
                all,
                ProcessCost.residentMegabytes(pid),
                spent.stream().mapToInt(ProcessCost.ThreadCost::threads).sum());
        double rest = 0;
        for (ProcessCost.ThreadCost cost : spent) {
            double percent = cost.seconds() / MEASURED.toSeconds() * 100;
            if (percent < SHOWN_PERCENT) {
                rest += percent;
            } else {
                out.printf(Locale.ROOT, "    %-16s %6.2f %%  (%d)%n", cost.name(), percent, cost.threads());
            }
        }
        out.printf(Locale.ROOT, "    %-16s %6.2f %%%n", "all others", rest);
    }

    /** From the commit at the source to the table's next version, each after some idle seconds. */
    private void firstChanges(Path lance, int rows) throws IOException, InterruptedException {
        List<Double> seconds = new ArrayList<>();
        for (int i = 1; i <= CHANGES; i++) {
            long versions = versions(lance);
            source.execute("UPDATE articles SET views = %d WHERE id = %d".formatted(-i, rows / (i + 1)));
            long begun = System.nanoTime();
            while (versions(lance) == versions) {
                if (System.nanoTime() - begun > PATIENCE.toNanos()) {
                    throw new IllegalStateException("the change does not come");
                }
                Thread.sleep(2);
            }
            seconds.add((System.nanoTime() - begun) / 1e9);
            Thread.sleep(Duration.ofSeconds(20));
        }
        out.printf(
                Locale.ROOT,
                "a change after idle time is readable after (s): %s%n",
                String.join(", ", seconds.stream().map("%.3f"::formatted).toList()));
    }

    private static long versions(Path lance) throws IOException {
        try (Stream<Path> all = Files.walk(lance)) {
            return all.filter(file -> file.toString().endsWith(".manifest")).count();
        } catch (UncheckedIOException e) {
            return 0; // a file has just gone
        }
    }
}
