package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.SourceTable;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Snapshot of PostgreSQL into a pgvector table on another server end to end, and the sink alone, which fills a second table
 * from the topic; beside a Python script that has the rows in memory and writes them by binary COPY into the same table in
 * one transaction. Each {@code runs} times in turn into tables of their own, without a vector index and with an HNSW index
 * that is there before the rows. Arguments: rows, dimension, runs.
 */
public final class PgvectorTargetBenchmark {
    private static final String SCRIPT = """
            import sys, time, psycopg
            source, target, table = sys.argv[1:4]
            columns = "id, title, views, score, price, tags, seen_at, embedding"
            with psycopg.connect(source) as c, c.cursor().copy("COPY (SELECT %s FROM articles) TO STDOUT (FORMAT binary)" % columns) as copy:
                data = [bytes(block) for block in copy]
            with psycopg.connect(target) as c:
                started = time.time()
                with c.cursor().copy("COPY %s (%s) FROM STDIN (FORMAT binary)" % (table, columns)) as copy:
                    for block in data:
                        copy.write(block)
                c.commit()
                print(time.time() - started, c.execute("SELECT count(*) FROM " + table).fetchone()[0])
            """;

    private final PostgresServer source;
    private final PostgresServer target;
    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private PgvectorTargetBenchmark(
            PostgresServer source, PostgresServer target, int rows, int dimension, PrintStream out) {
        this.source = source;
        this.target = target;
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        try (PostgresServer source = PostgresServer.forTest();
                PostgresServer target = PostgresServer.forTest()) {
            new PgvectorTargetBenchmark(
                            source, target, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), System.out)
                    .run(Integer.parseInt(arguments[2]));
        }
    }

    private void run(int runs) throws IOException, InterruptedException {
        SourceTable articles = new SourceTable(source, dimension);
        articles.create();
        articles.fill(1, rows, 1);
        articles.execute("VACUUM ANALYZE articles");
        execute("CREATE EXTENSION vector");
        for (boolean indexed : new boolean[] {false, true}) {
            List<Double> script = new ArrayList<>();
            List<Ferried> ferry = new ArrayList<>();
            for (int run = 0; run < runs; run++) {
                String suffix = (indexed ? "indexed_" : "plain_") + run;
                create("script_" + suffix, indexed);
                script.add(script("script_" + suffix));
                create("ferry_" + suffix, indexed);
                create("again_" + suffix, indexed);
                ferry.add(ferry("ferry_" + suffix, "again_" + suffix, articles));
            }
            report(indexed ? ", HNSW" : "", script, ferry);
        }
    }

    private void report(String what, List<Double> script, List<Ferried> ferry) {
        Figures.report(out, "psycopg, binary COPY" + what, rows, "rows", script);
        double whole = Figures.reportRuns(
                out,
                "ferry run, end to end" + what,
                rows,
                "rows",
                ferry.stream().map(Ferried::whole).toList());
        double sink = Figures.reportRuns(
                out,
                "ferry's sink alone" + what,
                rows,
                "rows",
                ferry.stream().map(Ferried::sinkAlone).toList());
        out.printf(
                Locale.ROOT,
                "ferry of the script: %.2f   its sink of the script: %.2f%n",
                Figures.median(script) / whole,
                Figures.median(script) / sink);
    }

    private void create(String table, boolean indexed) {
        execute("""
                CREATE TABLE %s (id bigint PRIMARY KEY, title text, views bigint, score double precision,
                  price numeric(12,3), tags jsonb, seen_at timestamptz, embedding vector(%d))""".formatted(table, dimension));
        if (indexed) {
            execute("CREATE INDEX ON %s USING hnsw (embedding vector_cosine_ops)".formatted(table));
        }
    }

    private void execute(String sql) {
        try (Connection connection = DriverManager.getConnection(target.jdbcUrl("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private double script(String table) {
        PythonEnvironment python = PythonEnvironment.with("psycopg-3.2.13", List.of("psycopg[binary]==3.2.13"));
        String[] printed =
                python.run(SCRIPT, dsn(source), dsn(target), table).strip().split(" ", -1);
        if (Integer.parseInt(printed[1]) != rows) {
            throw new IllegalStateException("the script wrote " + printed[1] + " rows");
        }
        return Double.parseDouble(printed[0]);
    }

    private static String dsn(PostgresServer server) {
        return "host=127.0.0.1 port=%d user=postgres dbname=postgres".formatted(server.port());
    }

    /**
     * @param whole from PostgreSQL to the table
     * @param sinkAlone into a second table, from what is in {@code records} by then
     */
    private record Ferried(WholeRun whole, WholeRun sinkAlone) {}

    private Ferried ferry(String table, String second, SourceTable articles) throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = new Pipeline(scratch.directory(), source);
            Path file = scratch.directory().resolve("pipeline.yaml");
            Files.writeString(file, pipelineInto(table));
            WholeRun whole = WholeRun.of(pipeline);
            WholeRun idle = WholeRun.of(pipeline);
            Files.writeString(file, pipelineInto(table, second));
            WholeRun again = WholeRun.of(pipeline);
            articles.execute("SELECT pg_drop_replication_slot('vectorferry_articles')");
            return new Ferried(whole.less(idle), again.less(idle));
        }
    }

    private String pipelineInto(String... tables) {
        StringBuilder targets = new StringBuilder();
        for (String table : tables) {
            targets.append("""
                      - name: %s
                        postgres: {url: "%s", user: postgres, table: %s, index: {type: none}}
                    """.formatted(table.replace('_', '-'), target.url("postgres"), table)
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
                """.formatted(source.url("postgres"), source.user(), targets);
    }
}
