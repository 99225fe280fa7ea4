package io.vectorferry.producer.postgres.references;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.postgres.JoinedTablesSource;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.ReferencesReport;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** References in a column of a real PostgreSQL table given new ids, and put back. */
@Timeout(120)
public class TableReferencesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MANY = 1_200; // more than two pages

    private PostgresServer server;

    @BeforeEach
    public void start() {
        server = PostgresServer.forTest();
        sql(
                "CREATE EXTENSION vector",
                "CREATE TABLE embeddings (id bigint PRIMARY KEY, embedding vector(1))",
                "CREATE TABLE notes (team text, number integer, edits integer DEFAULT 0, refs bigint[], PRIMARY KEY (team, number))");
    }

    @AfterEach
    public void stop() {
        server.close();
    }

    @Test
    void everyElementIsGivenItsNewIdAndIsNotedInTheMappings() {
        sql("INSERT INTO notes (team, number, refs) VALUES ('a', 1, '{1,NULL,2}'), ('a', 2, '{99}'), ('b', 1, NULL)");

        ReferencesReport report = references().apply(longs(1, 1001, 2, 1002));

        assertThat(report).isEqualTo(new ReferencesReport(3, 3, 2, 0, 1, 0));
        assertThat(refs()).containsExactly("{1001,NULL,1002}", "{99}", "null");
        assertThat(texts("SELECT concat_ws(' ', column_name, document, position, old_id, new_id, dataset_id)"
                        + " FROM vector_id_mappings ORDER BY position"))
                .containsExactly("public.notes.refs {a,1} 0 1 1001 a", "public.notes.refs {a,1} 2 2 1002 a");
    }

    @Test
    void aPreviewSaysTheSameAndWritesNothing() {
        sql("INSERT INTO notes (team, number, refs) VALUES ('a', 1, '{1,99}')");

        assertThat(references().preview(longs(1, 1001))).isEqualTo(new ReferencesReport(1, 2, 1, 0, 1, 0));

        assertThat(refs()).containsExactly("{1,99}");
        assertThat(texts("SELECT to_regclass('vector_id_mappings')::text")).containsExactly("null");
    }

    @Test
    void aSecondRunChangesNothingThoughNewIdsAreOldOnesToo() {
        sql("INSERT INTO notes (team, number, refs) VALUES ('a', 1, '{1,2}'), ('a', 2, '{2}')");
        NewIds swapped = longs(1, 2, 2, 1);

        references().apply(swapped);
        assertThat(refs()).containsExactly("{2,1}", "{1}");
        assertThat(references().apply(swapped)).isEqualTo(new ReferencesReport(2, 3, 0, 3, 0, 0));

        assertThat(refs()).containsExactly("{2,1}", "{1}");
        references().revert();
        assertThat(refs()).containsExactly("{1,2}", "{2}");
    }

    @Test
    void aRevertRestoresExactlyAndLeavesWhatTheApplicationHasChangedSince() {
        sql(
                "INSERT INTO notes (team, number, refs) VALUES ('a', 1, '{1,NULL,2}'), ('a', 2, '{3}'), ('a', 3, '{1,2}'), ('a', 4, '{}')");
        references().apply(longs(1, 1001, 2, 1002, 3, 1003));
        sql(
                "UPDATE notes SET refs = '{777}' WHERE number = 2",
                "UPDATE notes SET refs = '{5,1001,1002}' WHERE number = 3"); // both have moved

        ReferencesReport report = references().revert();

        assertThat(report).isEqualTo(new ReferencesReport(3, 5, 4, 0, 0, 1));
        assertThat(refs()).containsExactly("{1,NULL,2}", "{777}", "{5,1,2}", "{}");
        assertThat(texts("SELECT count(*) FROM vector_id_mappings")).containsExactly("0");
        assertThat(references().revert()).isEqualTo(ReferencesReport.NONE);
    }

    @Test
    void aColumnOfOneTextIsRewrittenLikewise() {
        sql("ALTER TABLE notes ALTER COLUMN refs TYPE text USING NULL");
        sql("INSERT INTO notes (team, number, refs) VALUES ('a', 1, '1'), ('a', 2, 'word'), ('a', 3, NULL)");

        assertThat(references().apply(new NewIds(Map.of("1", new TargetKey.TextId("x-1")))))
                .isEqualTo(new ReferencesReport(3, 2, 1, 0, 1, 0));
        assertThat(refs()).containsExactly("x-1", "word", "null");
        references().revert();
        assertThat(refs()).containsExactly("1", "word", "null");
    }

    @Test
    void aColumnThatCannotHoldTheNewIdsIsRefusedAndNothingIsChanged() {
        sql("INSERT INTO notes (team, number, refs) VALUES ('a', 1, '{1}')");

        assertThatThrownBy(() -> references().apply(new NewIds(Map.of("1", new TargetKey.TextId("x-1")))))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("public.notes.refs cannot hold the new ids");

        assertThat(refs()).containsExactly("{1}");
        assertThat(texts("SELECT count(*) FROM vector_id_mappings")).containsExactly("0");
    }

    @Test
    void aRunThatIsKilledIsRunAgainAndThenEachReferenceWasRewrittenOnce() throws SQLException {
        fill();
        try (Connection application = connect();
                Statement statement = application.createStatement()) {
            application.setAutoCommit(false);
            statement.execute("SELECT FROM notes WHERE number = 700 FOR UPDATE"); // of the second page
            CompletableFuture<ReferencesReport> run =
                    CompletableFuture.supplyAsync(() -> references().apply(shifted()));
            Awaitility.await().atMost(PATIENCE).until(() -> texts("SELECT count(*) FROM notes WHERE refs[1] > 100000")
                    .equals(List.of("500")));
            sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'vectorferry%'");
            assertThatThrownBy(run::join).hasCauseInstanceOf(FerryException.class);
            application.rollback();
        }
        assertThat(texts("SELECT number FROM notes WHERE refs[1] > 100000 AND number > 500 ORDER BY number"))
                .isEmpty();

        ReferencesReport report = references().apply(shifted());

        assertThat(report).isEqualTo(new ReferencesReport(MANY, 2 * MANY, 2 * MANY - 1_000, 1_000, 0, 0));
        assertThat(texts("SELECT count(*) FROM notes WHERE refs = ARRAY[100000 + number, 200000 + number]::bigint[]"))
                .containsExactly(Integer.toString(MANY));
    }

    @Test
    void whatAnApplicationEditsMeanwhileIsNeverLost() throws SQLException {
        fill();
        Random random = new Random(3);
        int edits = 0;
        CompletableFuture<ReferencesReport> run =
                CompletableFuture.supplyAsync(() -> references().apply(shifted()));
        try (Connection application = connect();
                Statement statement = application.createStatement()) {
            while (!run.isDone()) {
                statement.execute("UPDATE notes SET edits = edits + 1, refs = refs || -1::bigint WHERE number = %d"
                        .formatted(1 + random.nextInt(MANY)));
                edits++;
            }
        }
        run.join();
        references().apply(shifted());

        assertThat(edits).isPositive();
        assertThat(texts("SELECT sum(edits) FROM notes")).containsExactly(Integer.toString(edits));
        assertThat(texts("SELECT concat_ws(' ', number, edits, refs) FROM notes"
                        + " WHERE refs[1:2] <> ARRAY[100000 + number, 200000 + number]::bigint[]"
                        + " OR cardinality(refs) <> 2 + edits ORDER BY number"))
                .isEmpty();
    }

    private void fill() {
        sql("INSERT INTO notes (team, number, refs) SELECT 'a', i, ARRAY[i, 10000 + i] FROM generate_series(1, %d) i"
                .formatted(MANY));
    }

    /** Of what {@link #fill} made. */
    private static NewIds shifted() {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        for (long i = 1; i <= MANY; i++) {
            ids.put(Long.toString(i), new TargetKey.NumberId(100_000 + i));
            ids.put(Long.toString(10_000 + i), new TargetKey.NumberId(200_000 + i));
        }
        return new NewIds(ids);
    }

    /** @param pairs an old id, and its new one */
    private static NewIds longs(long... pairs) {
        Map<String, TargetKey.Id> ids = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            ids.put(Long.toString(pairs[i]), new TargetKey.NumberId(pairs[i + 1]));
        }
        return new NewIds(ids);
    }

    private References references() {
        PipelineFile file = PipelineFile.of("""
                url: %s
                user: %s
                tables: [{name: public.embeddings, vector: embedding}]
                documents: {table: public.notes, references: refs, vectorKeys: text, dataset: team}
                """.formatted(server.url("postgres"), server.user()), List.of(), Map.of());
        PostgresConfig config = PostgresConfig.from("p", file.root(), false);
        file.problems().throwIfAny();
        return new JoinedTablesSource(config, config.documents().orElseThrow())
                .references()
                .orElseThrow();
    }

    private List<String> refs() {
        return texts("SELECT refs::text FROM notes ORDER BY team, number");
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl("postgres"));
    }

    private void sql(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column. */
    private List<String> texts(String sql) {
        List<String> texts = new ArrayList<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(String.valueOf(rows.getString(1)));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return texts;
    }
}
