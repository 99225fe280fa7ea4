package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** pgvector into pgvector while an application writes and alters its table; ferry is killed, the copy is damaged and repaired. */
class PostgresToPostgresTest {
    private static final int ROWS = 3_000;
    private static final int DIMENSION = 32;
    private static final Duration WAIT = Duration.ofMinutes(4);

    /** The ids from here on are left alone by the application. */
    private static final long QUIET = 2_500;

    /** Prints the rows that are on one side only, as PostgreSQL's own client for Python has them. */
    private static final String COMPARE = """
            import sys, psycopg
            def rows(database):
                with psycopg.connect(sys.argv[1] + " dbname=" + database) as c:
                    with c.cursor().copy("COPY (SELECT %s FROM articles ORDER BY id) TO STDOUT" % sys.argv[2]) as copy:
                        return b"".join(copy).splitlines()
            source, copy = rows("postgres"), rows("copy")
            print(len(source), len(set(source) - set(copy)), len(set(copy) - set(source)), len(copy))
            """;

    @TempDir
    Path directory;

    @Test
    void theCopyHoldsExactlyTheSourceAfterWritesAKillAnAlterationAndARepair() throws IOException {
        try (PostgresServer postgres = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(postgres, DIMENSION);
            source.create();
            source.fill(1, ROWS, 3);
            source.execute(
                    "CREATE INDEX ON articles USING hnsw (embedding vector_cosine_ops)",
                    "UPDATE articles SET score = id / 7.0, price = id / 8.0, tags = '{\"n\": [1, null]}' WHERE id % 3 = 0",
                    "UPDATE articles SET embedding = NULL WHERE id % 100 = 0",
                    "CREATE DATABASE copy");
            Pipeline pipeline = pipeline(postgres);
            assertThat(pipeline.run(WAIT, "doctor").exitCode()).isZero();

            writeWhileFerryIsKilled(pipeline, source);
            pipeline.catchUp();
            assertEqual(postgres, "id, title, views, score, price, tags, seen_at, embedding, mood");
            assertThat(index(postgres)).isEqualTo("articles_embedding_hnsw|vector_cosine_ops");

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                damage(postgres);
                repairs(pipeline);
                ferry.kill();
            }
            assertEqual(postgres, "id, title, views, score, price, tags, seen_at, embedding, mood");
            pipeline.verify("--no-pipeline", "--top-k", "10");
        }
    }

    private Pipeline pipeline(PostgresServer postgres) throws IOException {
        Pipeline pipeline = new Pipeline(directory, postgres);
        Files.writeString(pipeline.file(), """
                pipeline: articles
                source:
                  postgres:
                    url: %s
                    user: postgres
                    tables: [{name: public.articles, vector: embedding}]
                targets:
                  - name: copy
                    postgres: {url: "%s", user: postgres, table: articles}
                data.dir: ./ferry-data
                control: {listen: "127.0.0.1:0"}
                """.formatted(postgres.url("postgres"), postgres.url("copy")));
        return pipeline;
    }

    private static void writeWhileFerryIsKilled(Pipeline pipeline, SourceTable source) {
        try (MixedWriter writer = MixedWriter.start(source, DIMENSION, QUIET, 5)) {
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                long before = writer.writes();
                Awaitility.await().atMost(WAIT).until(() -> writer.writes() > before + 300);
                ferry.kill();
            }
            source.execute("ALTER TABLE articles ADD COLUMN mood text");
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                source.execute("UPDATE articles SET mood = 'calm' WHERE id % 10 = 0");
                pipeline.awaitStreaming(5);
                ferry.kill();
            }
        }
    }

    private static void damage(PostgresServer postgres) {
        execute(
                postgres,
                "DELETE FROM articles WHERE id = 2601",
                "UPDATE articles SET title = 'somebody else''s' WHERE id = 2602",
                "INSERT INTO articles (id, title) VALUES (990000001, 'nobody''s')");
    }

    private static void repairs(Pipeline pipeline) {
        Map<String, String> kinds = new HashMap<>();
        JsonNode report = pipeline.verify("--repair");
        report.at("/diff/examples")
                .forEach(example -> kinds.put(
                        example.at("/id").asText(), example.at("/kind").asText()));
        assertThat(kinds).isEqualTo(Map.of("2601", "missing", "2602", "mismatched", "990000001", "extra"));
        assertThat(report.at("/repair/mended").asInt()).isEqualTo(3);
    }

    private static void assertEqual(PostgresServer postgres, String columns) {
        PythonEnvironment python =
                PythonEnvironment.with("psycopg-3.2.13", java.util.List.of("psycopg[binary]==3.2.13"));
        String[] printed = python.run(
                        COMPARE, "host=127.0.0.1 port=%d user=postgres".formatted(postgres.port()), columns)
                .strip()
                .split(" ", -1);
        assertThat(printed[1]).as("rows of the source alone, of %s", printed[0]).isEqualTo("0");
        assertThat(printed[2]).as("rows of the copy alone, of %s", printed[3]).isEqualTo("0");
        assertThat(printed[3]).isEqualTo(printed[0]);
    }

    private static String index(PostgresServer postgres) {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("copy"));
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("""
                        SELECT c.relname || '|' || o.opcname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                        JOIN pg_opclass o ON o.oid = i.indclass[0] WHERE NOT i.indisprimary AND i.indisvalid
                          AND i.indrelid = 'articles'::regclass""")) {
            return row.next() ? row.getString(1) : "none";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(PostgresServer postgres, String... statements) {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("copy"));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
