package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Snapshot of PostgreSQL into a Milvus server end to end, beside (a) requests that are ready in memory, and (b) the Python
 * script that a user would write; and the sink alone, which fills a second target from the topic. Each {@code runs} times
 * in turn into a collection of its own. Arguments: rows, dimension, runs, and the directory of an unpacked Debezium Server, whose sink then copies 10,000 of the rows, or "none".
 */
public final class MilvusBenchmark {
    private static final int DEBEZIUM_ROWS = 10_000;

    private static final String SCRIPT = """
            import sys, time, psycopg
            from pgvector.psycopg import register_vector
            from pymilvus import MilvusClient, DataType
            dsn, uri, dim, name, fill = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5] == "fill"
            client = MilvusClient(uri)
            schema = client.create_schema(enable_dynamic_field=True)
            schema.add_field("id", DataType.INT64, is_primary=True)
            schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dim)
            index = client.prepare_index_params()
            index.add_index("embedding", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 256})
            client.create_collection(name, schema=schema, index_params=index)
            started, cpu, rows = time.time(), time.process_time(), 0
            if fill:
                with psycopg.connect(dsn) as c:
                    register_vector(c)
                    with c.cursor("rows") as cursor:
                        cursor.execute("SELECT id, title, views, seen_at, embedding FROM articles")
                        while batch := cursor.fetchmany(1000):
                            client.upsert(name, [{"id": id, "title": title, "views": views, "seen_at": seen.timestamp(), "embedding": v.to_numpy() if hasattr(v, "to_numpy") else v}
                                                 for id, title, views, seen, v in batch])
                            rows += len(batch)
            print(time.time() - started, time.process_time() - cpu, rows)
            """;

    private final PostgresServer postgres;
    private final MilvusServer milvus;
    private final SourceTable source;
    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private MilvusBenchmark(PostgresServer postgres, MilvusServer milvus, int rows, int dimension, PrintStream out) {
        this.postgres = postgres;
        this.milvus = milvus;
        this.source = new SourceTable(postgres, dimension);
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        try (PostgresServer postgres = PostgresServer.forTest();
                MilvusServer milvus = MilvusServer.forTest()) {
            new MilvusBenchmark(
                            postgres,
                            milvus,
                            Integer.parseInt(arguments[0]),
                            Integer.parseInt(arguments[1]),
                            System.out)
                    .run(
                            Integer.parseInt(arguments[2]),
                            Optional.of(arguments[3])
                                    .filter(directory -> !directory.equals("none"))
                                    .map(directory -> new DebeziumServer(Path.of(directory))));
        }
    }

    private void run(int runs, Optional<DebeziumServer> debezium) throws IOException, InterruptedException {
        source.create();
        source.fill(1, rows, 1);
        source.execute("VACUUM ANALYZE articles");
        List<DirectUpserts.Taken> direct = new ArrayList<>();
        List<Double> script = new ArrayList<>();
        List<Double> scriptCpu = new ArrayList<>();
        List<Ferried> ferry = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            script("direct_" + run, "create");
            direct.add(new DirectUpserts("direct_" + run, rows, dimension)
                    .send(URI.create(milvus.uri()).getPort()));
            String[] printed = script("script_" + run, "fill");
            script.add(Double.parseDouble(printed[0]));
            scriptCpu.add(Double.parseDouble(printed[1]));
            ferry.add(ferry("ferry_" + run));
        }
        List<Double> readable =
                direct.stream().map(DirectUpserts.Taken::readable).toList();
        Figures.report(
                out,
                "(a) upserts ready in memory",
                rows,
                "rows",
                direct.stream().map(DirectUpserts.Taken::acknowledged).toList());
        Figures.report(out, "    until they are readable", rows, "rows", readable);
        Figures.report(out, "(b) Python, batches of 1000", rows, "rows", script);
        out.printf(
                Locale.ROOT,
                "%-38s %,9.0f µs of CPU for each of the rows%n",
                "",
                Figures.median(scriptCpu) * 1e6 / rows);
        double whole = Figures.reportRuns(
                out,
                "ferry run, end to end",
                rows,
                "rows",
                ferry.stream().map(Ferried::whole).toList());
        double sink = Figures.reportRuns(
                out,
                "ferry's sink alone, from the topic",
                rows,
                "rows",
                ferry.stream().map(Ferried::sinkAlone).toList());
        out.printf(
                Locale.ROOT,
                "ferry of (b): %.2f   the sink of (a), readable: %.2f%n",
                Figures.median(script) / whole,
                Figures.median(readable) / sink);
        if (debezium.isPresent()) {
            double rate = debezium.get().rate(postgres, milvus, "debezium", dimension, Math.min(rows, DEBEZIUM_ROWS));
            out.printf(Locale.ROOT, "%-38s %,9.0f rows/s%n", "Debezium Server, its Milvus sink", rate);
        }
    }

    /**
     * @param whole from PostgreSQL to the collection
     * @param sinkAlone into a second collection, from what stands in {@code records} by then
     */
    private record Ferried(WholeRun whole, WholeRun sinkAlone) {}

    private Ferried ferry(String collection) throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = new Pipeline(scratch.directory(), postgres);
            Path file = scratch.directory().resolve("pipeline.yaml");
            Files.writeString(file, pipelineInto(collection));
            WholeRun whole = WholeRun.of(pipeline);
            WholeRun idle = WholeRun.of(pipeline);
            Files.writeString(file, pipelineInto(collection, collection + "_again"));
            WholeRun again = WholeRun.of(pipeline);
            source.execute("SELECT pg_drop_replication_slot('vectorferry_articles')");
            return new Ferried(whole.less(idle), again.less(idle));
        }
    }

    private String pipelineInto(String... collections) {
        StringBuilder targets = new StringBuilder();
        for (String collection : collections) {
            targets.append("""
                      - name: %s
                        milvus: {uri: "%s", collection: %s}
                    """.formatted(collection.replace('_', '-'), milvus.uri(), collection)
                    .indent(2));
        }
        return """
                pipeline: articles
                source:
                  postgres:
                    url: %s
                    user: %s
                    tables: [{name: public.articles, vector: embedding}]
                targets:
                %sdata.dir: ./ferry-data
                control: {listen: "127.0.0.1:0"}
                """.formatted(postgres.url("postgres"), postgres.user(), targets);
    }

    /** Makes the collection, and fills it if told so. Returns seconds, CPU seconds and rows. */
    private String[] script(String collection, String what) {
        PythonEnvironment python = PythonEnvironment.with(
                "benchmark-milvus-1", List.of("pymilvus==2.6.3", "psycopg[binary]==3.2.13", "pgvector", "numpy"));
        String printed = python.run(
                SCRIPT,
                "host=127.0.0.1 port=%d user=postgres dbname=postgres".formatted(postgres.port()),
                milvus.uri(),
                Integer.toString(dimension),
                collection,
                what);
        String[] words = printed.strip().lines().toList().getLast().split(" ", -1);
        if (what.equals("fill") && Integer.parseInt(words[2]) != rows) {
            throw new IllegalStateException("the script wrote " + words[2] + " rows");
        }
        return words;
    }
}
