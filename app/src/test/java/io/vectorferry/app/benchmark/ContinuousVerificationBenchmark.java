package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the verification beside the pipeline costs: changes that are caught up with, with it and without it in turns, on a table
 * that it sweeps meanwhile. Arguments: rows of the table, dimension, runs of either kind.
 */
public final class ContinuousVerificationBenchmark {
    private static final String[] OFF = {"verification.continuous.enabled=false"};
    private static final String[] ON = {"verification.continuous.sweepEvery=0s"};
    private static final int CHANGES_A_TRANSACTION = 1_000;

    /** The table is large enough for the sweep to last as long as the changes do. */
    private static final int ROWS_A_CHANGE = 2;

    private final SourceTable source;
    private final Pipeline pipeline;
    private final int changes;
    private int next;

    private ContinuousVerificationBenchmark(SourceTable source, Pipeline pipeline, int rows, int changes) {
        this.source = source;
        this.pipeline = pipeline;
        this.changes = changes;
        this.next = rows + 1;
    }

    public static void main(String... arguments) throws Exception {
        int rows = Integer.parseInt(arguments[0]);
        try (PostgresServer server = PostgresServer.forTest();
                Scratch scratch = Scratch.create()) {
            SourceTable source = new SourceTable(server, Integer.parseInt(arguments[1]));
            source.create();
            source.fill(1, rows, 1);
            new ContinuousVerificationBenchmark(
                            source, new Pipeline(scratch.directory(), server), rows, rows / ROWS_A_CHANGE)
                    .run(Integer.parseInt(arguments[2]), System.out);
        }
    }

    private void run(int runs, PrintStream out) throws InterruptedException {
        WholeRun.of(pipeline, OFF);
        List<Double> without = new ArrayList<>();
        List<Double> with = new ArrayList<>();
        List<Double> processorTime = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            WholeRun off = caughtUp(OFF);
            WholeRun on = caughtUp(ON);
            without.add(off.seconds());
            with.add(on.seconds());
            processorTime.add(on.cpuSeconds() / off.cpuSeconds());
        }
        Figures.report(out, "without", changes, "changes", without);
        Figures.report(out, "with continuous verification", changes, "changes", with);
        out.printf(
                Locale.ROOT,
                "with of without: rate %.3f, processor time %.3f%n",
                Figures.median(without) / Figures.median(with),
                Figures.median(processorTime));
    }

    private WholeRun caughtUp(String... settings) throws InterruptedException {
        for (int first = next; first < next + changes; first += CHANGES_A_TRANSACTION) {
            source.fill(first, CHANGES_A_TRANSACTION, first);
        }
        next += changes;
        return WholeRun.of(pipeline, settings);
    }
}
