package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Snapshot of PostgreSQL into LanceDB end to end, beside (a) a binary COPY that is read and thrown away, and (b) an
 * expert's Python script that copies straight into LanceDB with no log, each {@code runs} times in turn.
 * Arguments: rows, dimension, runs.
 */
public final class SnapshotBenchmark {
    /** Fixed-width tuples: the fastest way from COPY to Arrow that Python has. */
    private static final String SCRIPT = """
            import sys, numpy as np, pyarrow as pa, lancedb, psycopg, time
            dsn, uri, dim = sys.argv[1], sys.argv[2], int(sys.argv[3])
            row = np.dtype([("n", ">i2"), ("l1", ">i4"), ("id", ">i8"), ("l2", ">i4"), ("dim", ">i2"), ("u", ">i2"), ("v", ">f4", (dim,))])
            schema = pa.schema([("id", pa.int64()), ("embedding", pa.list_(pa.float32(), dim))])
            def batches():
                with psycopg.connect(dsn) as c, c.cursor() as cur, cur.copy("COPY (SELECT id, embedding FROM articles) TO STDOUT (FORMAT binary)") as copy:
                    pending, first = bytearray(), True
                    for data in copy:
                        pending += data
                        if first:
                            del pending[:19]; first = False
                        if len(pending) > 8192 * row.itemsize:
                            n = len(pending) // row.itemsize
                            a = np.frombuffer(bytes(pending[: n * row.itemsize]), row)
                            del pending[: n * row.itemsize]
                            yield pa.record_batch([pa.array(a["id"].astype("i8")), pa.FixedSizeListArray.from_arrays(a["v"].astype("f4").ravel(), dim)], schema=schema)
                    n = (len(pending) - 2) // row.itemsize
                    a = np.frombuffer(bytes(pending[: n * row.itemsize]), row)
                    yield pa.record_batch([pa.array(a["id"].astype("i8")), pa.FixedSizeListArray.from_arrays(a["v"].astype("f4").ravel(), dim)], schema=schema)
            started = time.time()
            table = lancedb.connect(uri).create_table("articles", batches(), schema=schema)
            print(time.time() - started, table.count_rows())
            """;

    private final PostgresServer server;
    private final SourceTable source;
    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private SnapshotBenchmark(PostgresServer server, int rows, int dimension, PrintStream out) {
        this.server = server;
        this.source = new SourceTable(server, dimension);
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        int rows = Integer.parseInt(arguments[0]);
        int dimension = Integer.parseInt(arguments[1]);
        int runs = Integer.parseInt(arguments[2]);
        try (PostgresServer server = PostgresServer.forTest()) {
            new SnapshotBenchmark(server, rows, dimension, System.out).run(runs);
        }
    }

    private void run(int runs) throws IOException, SQLException, InterruptedException {
        source.create();
        source.fill(1, rows, 1);
        source.execute("VACUUM ANALYZE articles");
        List<Double> copy = new ArrayList<>();
        List<Double> script = new ArrayList<>();
        List<WholeRun> bare = new ArrayList<>();
        List<WholeRun> indexed = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            copy.add(copySeconds());
            script.add(scriptSeconds());
            bare.add(ferry("targets.0.lancedb.index.type=none"));
            indexed.add(ferry());
        }
        Figures.report(out, "(a) binary COPY, thrown away", rows, "rows", copy);
        Figures.report(out, "(b) Python: COPY to LanceDB, no log", rows, "rows", script);
        double seconds = Figures.reportRuns(out, "ferry run, end to end", rows, "rows", bare);
        Figures.reportRuns(out, "ferry run, with the vector index", rows, "rows", indexed);
        out.printf(
                Locale.ROOT,
                "ferry of (b): %.2f   of (a): %.2f%n",
                Figures.median(script) / seconds,
                Figures.median(copy) / seconds);
    }

    private WholeRun ferry(String... settings) throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = new Pipeline(scratch.directory(), server);
            WholeRun whole = WholeRun.of(pipeline, settings);
            WholeRun idle = WholeRun.of(pipeline, settings);
            source.execute("SELECT pg_drop_replication_slot('vectorferry_articles')");
            return whole.less(idle);
        }
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
            if (bytes < (long) rows * dimension * Float.BYTES) {
                throw new IllegalStateException("only " + bytes + " bytes came");
            }
        }
        return (System.nanoTime() - started) / 1e9;
    }

    private double scriptSeconds() throws IOException {
        PythonEnvironment python = PythonEnvironment.with(
                "benchmark-1", List.of("lancedb==0.40.0", "pylance==14.0.2", "psycopg[binary]==3.2.13", "numpy"));
        String[] words;
        try (Scratch scratch = Scratch.create()) {
            String printed = python.run(
                    SCRIPT,
                    "host=127.0.0.1 port=%d user=postgres dbname=postgres".formatted(server.port()),
                    scratch.directory().toString(),
                    Integer.toString(dimension));
            words = printed.strip().lines().toList().getLast().split(" ", -1);
        }
        if (Integer.parseInt(words[1]) != rows) {
            throw new IllegalStateException("the script wrote " + words[1] + " rows");
        }
        return Double.parseDouble(words[0]);
    }
}
