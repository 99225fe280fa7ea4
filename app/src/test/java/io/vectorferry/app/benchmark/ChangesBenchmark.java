package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Changes that waited in the log: from PostgreSQL to LanceDB by ferry, beside a bare Debezium engine that throws them
 * away, each {@code runs} times in turn and each in a JVM of its own. Arguments: changes, dimension, runs.
 */
public final class ChangesBenchmark {
    private static final int ROWS_BEFORE = 1_000;
    private static final int CHANGES_A_TRANSACTION = 100;
    /** What is measured is the way of a change, not the target's index. */
    private static final String WITHOUT_INDEX = "targets.0.lancedb.index.type=none";

    private static final String BARE_SLOT = "bare";
    private static final String PUBLICATION = "vectorferry_articles";

    private final PostgresServer server;
    private final SourceTable source;
    private final int changes;
    private final PrintStream out;

    private ChangesBenchmark(PostgresServer server, int changes, int dimension, PrintStream out) {
        this.server = server;
        this.source = new SourceTable(server, dimension);
        this.changes = changes;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        try (PostgresServer server = PostgresServer.forTest();
                Scratch scratch = Scratch.create()) {
            new ChangesBenchmark(server, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), System.out)
                    .run(new Pipeline(scratch.directory(), server), Integer.parseInt(arguments[2]));
        }
    }

    private void run(Pipeline pipeline, int runs) throws IOException, InterruptedException {
        source.create();
        source.fill(1, ROWS_BEFORE, 1);
        WholeRun.of(pipeline, WITHOUT_INDEX);
        source.execute("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(BARE_SLOT));
        List<Double> bare = new ArrayList<>();
        List<WholeRun> ferry = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            commitChanges(ROWS_BEFORE + 1 + run * changes);
            bare.add(bareSeconds());
            WholeRun whole = WholeRun.of(pipeline, WITHOUT_INDEX);
            ferry.add(whole.less(WholeRun.of(pipeline, WITHOUT_INDEX)));
        }
        Figures.report(out, "Debezium engine, thrown away", changes, "changes", bare);
        double seconds = Figures.reportRuns(out, "ferry run, end to end", changes, "changes", ferry);
        out.printf(Locale.ROOT, "ferry of the bare engine: %.2f%n", Figures.median(bare) / seconds);
    }

    private void commitChanges(int first) {
        for (int id = first; id < first + changes; id += CHANGES_A_TRANSACTION) {
            source.fill(id, CHANGES_A_TRANSACTION, id);
        }
    }

    private double bareSeconds() throws IOException, InterruptedException {
        Path output = Files.createTempFile("bare-engine", ".out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + FerryProcess.JVM_OPTIONS.toAbsolutePath(),
                        "-XX:InitialHeapSize=1g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BareEngine.class.getName(),
                        "127.0.0.1",
                        Integer.toString(server.port()),
                        BARE_SLOT,
                        PUBLICATION,
                        Integer.toString(changes))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the bare engine failed: " + Files.readString(output));
        }
        return Double.parseDouble(
                Files.readString(output, StandardCharsets.UTF_8).strip());
    }
}
