package io.vectorferry.producer.postgres.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.contracttests.SourceReaderContract;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactories;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A real PostgreSQL whose tables nobody writes to. */
@SuppressWarnings("NullAway.Init") // set before all tests
public class PostgresReaderTest {
    private static PostgresServer server;

    @BeforeAll
    public static void start() throws SQLException {
        server = PostgresServer.forTest();
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"), server.user(), "");
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(
                    "CREATE EXTENSION vector",
                    "CREATE TABLE vectors (id int PRIMARY KEY, title text, embedding vector(2))",
                    "INSERT INTO vectors SELECT i, 'row ' || i, format('[%s,%s]', i, i * i)::vector FROM generate_series(1, 7) i",
                    "CREATE TABLE documents (id text PRIMARY KEY, q text, refs int[])",
                    "INSERT INTO documents VALUES ('a', 'one', '{1,2}'), ('b', 'two', '{3,5,99}')")) {
                statement.execute(sql);
            }
        }
    }

    @AfterAll
    public static void stop() {
        server.close();
    }

    @Nested
    class OfATable implements SourceReaderContract {
        @Override
        public Source source() {
            return PostgresReaderTest.source(server.url("postgres"), "");
        }

        @Override
        public Value absent() {
            return new Value.Whole(8);
        }
    }

    @Nested
    class OfDocumentsJoinedToVectors implements SourceReaderContract {
        @Override
        public Source source() {
            return PostgresReaderTest.source(
                    server.url("postgres"),
                    ", documents: {table: public.documents, references: refs, vectorKeys: integer}");
        }

        /** A vector that no document refers to. */
        @Override
        public Value absent() {
            return new Value.Whole(4);
        }
    }

    @Test
    void aDatabaseThatDoesNotExistIsNamedWithTheKeyThatNamesIt() {
        Source source = source(server.url("nowhere"), "");

        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> source.reader().scan("public.vectors", row -> {}))
                .withMessageContaining("there is no such database")
                .satisfies(e -> assertThat(e.remedy()).isEqualTo("Check source.postgres.url."));
    }

    private static Source source(String url, String more) {
        PipelineFile file = PipelineFile.of("""
                pipeline: read
                source: {postgres: {url: "%s", user: %s, tables: [{name: public.vectors, vector: embedding}]%s}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                """.formatted(url, server.user(), more), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source = SourceFactories.load()
                .find(config.source().kind(), config.source().settings())
                .orElseThrow()
                .configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }
}
