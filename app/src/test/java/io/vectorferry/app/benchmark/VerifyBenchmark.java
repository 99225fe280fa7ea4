package io.vectorferry.app.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * {@code ferry verify} of every row, beside a plain scan of each store: a binary COPY, and LanceDB's own batches in Python, both
 * thrown away; each {@code runs} times in turn. Arguments: rows, dimension, runs.
 */
public final class VerifyBenchmark {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final Duration SAMPLE = Duration.ofMillis(20);

    private static final String SCAN = """
            import sys, time, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            started, rows = time.time(), 0
            for batch in table.to_lance().to_batches():
                rows += batch.num_rows
            print(time.time() - started, rows)
            """;

    private final SourceTable source;
    private final Pipeline pipeline;
    private final Path directory;
    private final int rows;
    private final PrintStream out;
    private long peakMegabytes;

    private VerifyBenchmark(PostgresServer server, Path directory, int rows, int dimension, PrintStream out) {
        this.source = new SourceTable(server, dimension);
        this.directory = directory;
        this.pipeline = new Pipeline(directory, server);
        this.rows = rows;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        int rows = Integer.parseInt(arguments[0]);
        int dimension = Integer.parseInt(arguments[1]);
        int runs = Integer.parseInt(arguments[2]);
        try (PostgresServer server = PostgresServer.forTest();
                Scratch scratch = Scratch.create()) {
            new VerifyBenchmark(server, scratch.directory(), rows, dimension, System.out).run(runs);
        }
    }

    private void run(int runs) throws IOException, SQLException, InterruptedException {
        source.create();
        source.fill(1, rows, 1);
        source.execute("VACUUM ANALYZE articles");
        var unused = WholeRun.of(pipeline);
        // What was written goes to the disk now, and not beside the runs.
        source.execute("CHECKPOINT");
        new ProcessBuilder("sync").start().waitFor();
        List<Double> copy = new ArrayList<>();
        List<Double> scan = new ArrayList<>();
        List<Double> verify = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            copy.add(copySeconds());
            scan.add(scanSeconds());
            verify.add(verifySeconds());
        }
        Figures.report(out, "(a) binary COPY, thrown away", rows, "rows", copy);
        Figures.report(out, "(b) LanceDB's batches, thrown away", rows, "rows", scan);
        Figures.report(out, "ferry verify, both sides", rows, "rows", verify);
        double slower = Math.max(Figures.median(copy), Figures.median(scan));
        out.printf(
                Locale.ROOT,
                "ferry of the slower scan: %.2f   of both one after the other: %.2f   peak memory %d MB%n",
                slower / Figures.median(verify),
                (Figures.median(copy) + Figures.median(scan)) / Figures.median(verify),
                peakMegabytes);
    }

    private double verifySeconds() throws InterruptedException {
        try (FerryProcess ferry = pipeline.start("verify", "--no-pipeline", "--sample", "0", "--json")) {
            while (!ferry.endsWithin(SAMPLE)) {
                peakMegabytes = Math.max(peakMegabytes, ProcessCost.residentPeakMegabytes(ferry.pid()));
            }
            FerryProcess.Ended ended = ferry.awaitEnd(TIMEOUT);
            JsonNode report = ended.json();
            if (ended.exitCode() != 0 || report.at("/count/target").asInt() != rows) {
                throw new IllegalStateException(ended.output());
            }
            return report.at("/seconds").asDouble();
        }
    }

    private double scanSeconds() {
        String[] words = PythonEnvironment.lancedb()
                .run(SCAN, directory.resolve("lance").toString())
                .strip()
                .split(" ", -1);
        if (Integer.parseInt(words[1]) != rows) {
            throw new IllegalStateException("the scan read " + words[1] + " rows");
        }
        return Double.parseDouble(words[0]);
    }

    private double copySeconds() throws SQLException {
        long started = System.nanoTime();
        try (Connection connection = source.connect()) {
            CopyOut copy = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY articles TO STDOUT (FORMAT binary)");
            long bytes = 0;
            for (byte[] data = copy.readFromCopy(); data != null; data = copy.readFromCopy()) {
                bytes += data.length;
            }
            if (bytes < rows) {
                throw new IllegalStateException("only " + bytes + " bytes came");
            }
        }
        return (System.nanoTime() - started) / 1e9;
    }
}
