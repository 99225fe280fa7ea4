package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.spi.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The table that has the configured name is the one that is followed, whichever it is; what cannot be followed is reported. */
@Timeout(120)
public class FollowedTablesTest {
    private static final String TABLE = "{name: public.docs, vector: embedding}";
    private static final String DOCS = "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3))";

    private SourceBench bench;

    @BeforeEach
    public void start() {
        bench = new SourceBench();
        bench.sql(DOCS, "INSERT INTO docs SELECT i, 't' || i, '[1,2,3]' FROM generate_series(1, 3) i");
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @Test
    void aTableThatIsDroppedAndMadeAgainIsFollowedAlsoByLaterChangesAndAfterARestart() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("DROP TABLE docs", DOCS, "INSERT INTO docs VALUES (1, 'new', '[1,2,3]')");
            bench.awaitTitles(2, Map.of(1L, "new"));
            bench.sql("INSERT INTO docs VALUES (2, 'later', '[4,5,6]')", "DELETE FROM docs WHERE id = 1");
            bench.awaitTitles(2, Map.of(2L, "later"));
            running.assertAlive();
        }
        bench.sql("UPDATE docs SET title = 'while stopped'", "INSERT INTO docs VALUES (3, 'three', '[1,1,1]')");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitTitles(2, Map.of(2L, "while stopped", 3L, "three"));
            running.assertAlive();
        }
    }

    @Test
    void aTableMadeAgainWithAnotherKeyIsFollowedAlsoWhenChangesOfTheOldOneWait() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql(
                "UPDATE docs SET title = 'old' WHERE id = 1",
                "DELETE FROM docs WHERE id = 2",
                "DROP TABLE docs",
                "CREATE TABLE docs (name text PRIMARY KEY, id int, title text, embedding vector(3))",
                "INSERT INTO docs VALUES ('a', 7, 'first', '[1,2,3]'), ('b', 1, 'second', '[1,2,3]')");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            awaitComplete(2);
            bench.sql("UPDATE docs SET title = 'later' WHERE name = 'b'", "DELETE FROM docs WHERE name = 'a'");
            SourceKey b = new SourceKey("public.docs", List.of(new Value.Text("b")));
            bench.changes.await("the row of the other key alone", seen -> {
                var rows = new HashMap<>(bench.changes.state());
                rows.values().removeIf(upsert -> upsert.position().generation() < 2);
                return rows.keySet().equals(Set.of(b))
                        && bench.row(b).field("title").orElseThrow().value().equals(new Value.Text("later"));
            });
            running.assertAlive();
        }
    }

    @Test
    void aTableThatGetsAnotherKeyIsReadAgainUnderThatKey() {
        bench.sql("ALTER TABLE docs ADD code int NOT NULL DEFAULT 0", "UPDATE docs SET code = id + 10");
        SourceKey eleven = SourceBench.key("public.docs", 11);
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "ALTER TABLE docs DROP CONSTRAINT docs_pkey, ADD PRIMARY KEY (code)",
                    "UPDATE docs SET title = 'at once' WHERE id = 1",
                    "DELETE FROM docs WHERE id = 2");
            awaitComplete(2);
            bench.awaitTitles(2, Map.of(11L, "at once", 13L, "t3"));
            bench.sql("UPDATE docs SET title = 'later' WHERE id = 1");
            bench.awaitTitles(2, Map.of(11L, "later", 13L, "t3"));
            assertThat(bench.row(eleven).field("id").orElseThrow().value()).isEqualTo(new Value.Whole(1));
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql(
                "UPDATE docs SET title = 'while stopped' WHERE id = 1",
                "ALTER TABLE docs DROP CONSTRAINT docs_pkey, ADD PRIMARY KEY (id)");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            awaitComplete(3);
            bench.awaitTitles(3, Map.of(1L, "while stopped", 3L, "t3"));
            running.assertAlive();
        }
    }

    @Test
    void aRecordOfAReleaseThatKeptNoKeyGetsItWithoutAReadAndTheNextKeyIsNoticed() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        SnapshotProgress recorded = recorded();
        String[] sections = recorded.getTableVersion().split(";", -1);
        sections[2] = sections[2].substring(0, sections[2].lastIndexOf(':'));
        try (ControlPublisher control = new ControlPublisher(bench.changes.kafka, bench.changes.topics.control())) {
            control.publish(
                    ControlKey.snapshot("public.docs"),
                    Control.newBuilder()
                            .setSnapshotProgress(recorded.toBuilder().setTableVersion(String.join(";", sections)))
                            .build());
        }
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.changes.await("the key in the record", seen -> recorded()
                    .getTableVersion()
                    .split(";", -1)[2]
                    .equals(recorded.getTableVersion().split(";", -1)[2]));
            assertThat(recorded().getGeneration()).isEqualTo(1);
            bench.sql("ALTER TABLE docs DROP CONSTRAINT docs_pkey, ADD PRIMARY KEY (title)");
            awaitComplete(2);
            SourceKey first = new SourceKey("public.docs", List.of(new Value.Text("t1")));
            bench.changes.await(
                    "the row under its new key", seen -> bench.changes.state().containsKey(first));
            running.assertAlive();
        }
    }

    private SnapshotProgress recorded() {
        return bench.control(ControlKey.snapshot("public.docs")).getSnapshotProgress();
    }

    @Test
    void aTableThatGetsAnotherIdentityIndexIsReadAgainUnderThatKey() {
        bench.sql(
                "CREATE TABLE u (a int NOT NULL, b int NOT NULL, title text, embedding vector(3))",
                "CREATE UNIQUE INDEX u_a ON u (a)",
                "ALTER TABLE u REPLICA IDENTITY USING INDEX u_a",
                "INSERT INTO u VALUES (1, 11, 't1', '[1,2,3]'), (2, 12, 't2', '[1,2,3]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.u, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "BEGIN; DROP INDEX u_a; CREATE UNIQUE INDEX u_b ON u (b); ALTER TABLE u REPLICA IDENTITY USING INDEX u_b;"
                            + "UPDATE u SET title = 'at once' WHERE b = 11; COMMIT");
            bench.awaitTitles(2, Map.of(11L, "at once", 12L, "t2"));
            bench.sql("DELETE FROM u WHERE b = 12");
            bench.awaitTitles(2, Map.of(11L, "at once"));
            running.assertAlive();
        }
    }

    /** As after a swap by renaming, while an index is built concurrently on the table that came, and VACUUM FULL stores a partition anew. */
    @Test
    void tablesThatAreLockedAreReportedAndKeepNoOtherFromBeingCaptured() throws SQLException {
        bench.sql(
                "CREATE TABLE other (id text PRIMARY KEY, body text, embedding vector(3))",
                "CREATE TABLE parts (id int PRIMARY KEY, embedding vector(3)) PARTITION BY RANGE (id)",
                "CREATE TABLE p0 PARTITION OF parts FOR VALUES FROM (0) TO (10)");
        Source source = bench.source(
                TABLE + ", {name: public.other, vector: embedding}, {name: public.parts, vector: embedding}");
        swapWhileStopped(source);
        try (Connection locking = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement statement = locking.createStatement()) {
            statement.execute(
                    "BEGIN; LOCK TABLE docs IN SHARE UPDATE EXCLUSIVE MODE; LOCK TABLE p0 IN ACCESS EXCLUSIVE MODE");
            bench.sql("INSERT INTO other VALUES (1, 'meanwhile', '[1,2,3]')");
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.awaitKeys("public.other", 1);
                bench.awaitCaptureError("public.docs is locked by session ");
                bench.sql("ALTER TABLE other ADD COLUMN altered text DEFAULT 'x0'");
                // It is read when the transaction that has the locks has ended.
                bench.changes.await(
                        "the alteration of a table that is not locked",
                        seen -> bench.control(ControlKey.snapshot("public.other"))
                                        .getSnapshotProgress()
                                        .getGeneration()
                                == 2);
                statement.execute("COMMIT");
                bench.awaitTitles(2, Map.of(1L, "t1!", 2L, "t2!", 3L, "t3!"));
                bench.awaitCaptureError();
                running.assertAlive();
            }
        }
    }

    /** Its end waits for every older snapshot, also for that of a session which waits for it: one of the two would be ended. */
    @Test
    void anIndexThatIsBuiltConcurrentlyOutlivesTheWaitForItsTable() throws SQLException {
        Source source = bench.source(TABLE);
        swapWhileStopped(source);
        try (Connection writing = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement statement = writing.createStatement()) {
            statement.execute("BEGIN; INSERT INTO docs VALUES (4, 'four', '[1,2,3]')");
            CompletableFuture<Void> building =
                    SourceBench.inBackground(() -> bench.sql("CREATE INDEX CONCURRENTLY ON docs (title)"));
            bench.changes.await(
                    "the index build behind the writer",
                    seen -> bench.truth(
                            "SELECT count(*) = 1 FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for writers%'"));
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.changes.await(
                        "ferry behind the index build",
                        seen -> bench.truth(
                                "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name LIKE 'vectorferry%' AND wait_event_type = 'Lock'"));
                statement.execute("COMMIT");
                building.join();
                bench.awaitTitles(2, Map.of(1L, "t1!", 2L, "t2!", 3L, "t3!", 4L, "four"));
                running.assertAlive();
            }
        }
        assertThat(bench.truth("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'docs'::regclass"))
                .isTrue();
    }

    private void swapWhileStopped(Source source) {
        try (SourceBench.Running running = bench.start(source, false)) {
            long partitions = bench.changes.topics.changes().partitions();
            bench.changes.await(
                    "every table's end",
                    seen -> bench.count(Change.SnapshotComplete.class)
                            == partitions * source.collections().size());
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql(
                "CREATE TABLE docs_new (LIKE docs INCLUDING ALL)",
                "INSERT INTO docs_new SELECT id, title || '!', embedding FROM docs",
                "BEGIN; ALTER TABLE docs RENAME TO docs_old; ALTER TABLE docs_new RENAME TO docs; COMMIT");
    }

    @Test
    void tablesThatAreSwappedByRenamingAreFollowedAlsoByLaterChangesAndAfterARestart() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "CREATE TABLE docs_new (LIKE docs INCLUDING ALL)",
                    "INSERT INTO docs_new SELECT id, title || '!', embedding FROM docs",
                    "BEGIN; ALTER TABLE docs RENAME TO docs_old; ALTER TABLE docs_new RENAME TO docs; COMMIT");
            awaitComplete(2);
            bench.sql(
                    "UPDATE docs SET title = 'after the swap' WHERE id = 1",
                    "INSERT INTO docs_old VALUES (9, 'no', NULL)");
            bench.awaitTitles(2, Map.of(1L, "after the swap", 2L, "t2!", 3L, "t3!"));
            running.assertAlive();
        }
        // while nobody captures: swapped back, so that the one that was in the publication all along has the name
        bench.sql("BEGIN; ALTER TABLE docs RENAME TO docs_new; ALTER TABLE docs_old RENAME TO docs; COMMIT");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            awaitComplete(3);
            bench.sql("UPDATE docs SET title = 'again' WHERE id = 1");
            bench.awaitTitles(3, Map.of(1L, "again", 2L, "t2", 3L, "t3", 9L, "no"));
            running.assertAlive();
        }
    }

    @Test
    void aTableThatWasOutOfThePublicationIsAddedAndReadAgain() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "BEGIN; ALTER PUBLICATION vectorferry_articles DROP TABLE docs; COMMIT",
                    "DELETE FROM docs WHERE id = 2",
                    "INSERT INTO docs VALUES (4, 'four', '[1,2,3]')");
            awaitComplete(2);
            bench.awaitTitles(2, Map.of(1L, "t1", 3L, "t3", 4L, "four"));
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql("ALTER PUBLICATION vectorferry_articles DROP TABLE docs", "DELETE FROM docs WHERE id = 4");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            awaitComplete(3);
            bench.awaitTitles(3, Map.of(1L, "t1", 3L, "t3"));
            running.assertAlive();
        }
    }

    @Test
    void aPublicationThatIsDroppedIsMadeAgainAndItsTablesAreReadAgain() {
        assumeTrue(
                bench.truth("SELECT current_setting('server_version_num')::int >= 180000"), "OlderServerTest has this");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("DROP PUBLICATION vectorferry_articles", "DELETE FROM docs WHERE id = 3");
            awaitComplete(2);
            bench.sql("UPDATE docs SET title = 'last' WHERE id = 1");
            bench.awaitTitles(2, Map.of(1L, "last", 2L, "t2"));
            running.assertAlive();
        }
    }

    @Test
    void aTableThatIsGoneIsReportedAtOnceAndStopsThePipelineWhenItDoesNotComeBack() {
        var source = bench.hastySource(TABLE);
        try (SourceBench.Running running = bench.start(source, false);
                BarrierIssuer barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.awaitSnapshotComplete();
            barriers.issue(new Barrier("b1", 1, "", 1, 0));
            bench.sql("ALTER TABLE docs RENAME TO docs_old");
            assertThatThrownBy(() -> barriers.issue(new Barrier("b2", 2, "", 2, 1)))
                    .hasMessageContaining("public.docs")
                    .hasMessageContaining("no such table");
            bench.awaitCaptureError("there is no table public.docs");
            FerryException e = running.failure();
            assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
            assertThat(e).hasMessageContaining("there is no table public.docs");
        }
        // nobody captures a change under the other name
        bench.sql(
                "UPDATE docs_old SET title = 'while away' WHERE id = 1",
                "ALTER TABLE docs_old RENAME TO docs",
                "INSERT INTO docs VALUES (4, 'four', '[1,2,3]')");
        try (SourceBench.Running again = bench.start(source, false)) {
            bench.awaitTitles(2, Map.of(1L, "while away", 2L, "t2", 3L, "t3", 4L, "four"));
            again.assertAlive();
        }
    }

    @Test
    void aPublicationThatMayNotBeChangedStopsThePipelineWithTheSql() {
        bench.sql(
                "CREATE ROLE reader LOGIN REPLICATION",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs WITH (publish_via_partition_root = true)");
        var source = bench.source(bench.server.url("postgres"), "reader", TABLE);
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitSnapshotComplete();
            bench.sql("DROP TABLE docs", DOCS, "INSERT INTO docs VALUES (1, 'new', '[1,2,3]')");
            bench.awaitCaptureError("ALTER PUBLICATION \"vectorferry_articles\" ADD TABLE \"public\".\"docs\"");
            bench.sql("ALTER PUBLICATION vectorferry_articles ADD TABLE docs");
            // what the message says was done in time
            awaitComplete(2);
            bench.sql("UPDATE docs SET title = 'later'");
            bench.awaitTitles(2, Map.of(1L, "later"));
            bench.awaitCaptureError();
            bench.sql("ALTER PUBLICATION vectorferry_articles DROP TABLE docs");
            assertThat(running.failure().remedy())
                    .contains("ALTER PUBLICATION \"vectorferry_articles\" ADD TABLE \"public\".\"docs\";");
        }
    }

    /** Both remedies that the message names, each from a state in which it is advised. */
    @Test
    void aVectorsColumnThatIsDroppedStopsTheSourceAndEitherRemedyWorks() {
        bench.sql(
                "CREATE TABLE notes (id int PRIMARY KEY, title text, embedding vector(3))",
                "INSERT INTO notes VALUES (1, 'n1', '[1,2,3]')");
        Source both = bench.hastySource(TABLE + ", {name: public.notes, vector: embedding}");
        String[] advised = {
            "public.docs has no column embedding; nothing of this source is captured without it",
            "ALTER TABLE \"public\".\"docs\" ADD COLUMN \"embedding\"",
            "remove public.docs from source.postgres.tables"
        };
        try (SourceBench.Running running = bench.start(both, false)) {
            bench.changes.await("both tables", seen -> bench.changes.state().size() == 4);
            bench.sql("ALTER TABLE docs DROP COLUMN embedding", "INSERT INTO docs VALUES (4, 't4')");
            bench.awaitCaptureError(advised);
            FerryException e = running.failure();
            assertThat(e.getMessage() + e.remedy()).contains(advised);
        }
        bench.awaitSlotFree();
        bench.sql("ALTER TABLE docs ADD COLUMN embedding vector(3)", "UPDATE docs SET embedding = '[7,8,9]'");
        try (SourceBench.Running running = bench.start(both, false)) {
            bench.awaitTitles("public.docs", 2, Map.of(1L, "t1", 2L, "t2", 3L, "t3", 4L, "t4"));
            running.assertAlive();
        }
        bench.awaitSlotFree();

        bench.sql("ALTER TABLE docs DROP COLUMN embedding", "INSERT INTO notes VALUES (2, 'n2', '[1,2,3]')");
        try (SourceBench.Running running = bench.start(both, false)) {
            FerryException e = running.failure();
            assertThat(e.getMessage() + e.remedy()).contains(advised);
        }
        Source notes = bench.source("{name: public.notes, vector: embedding}");
        try (SourceBench.Running running = bench.start(notes, false);
                BarrierIssuer barriers = notes.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.awaitTitles("public.notes", 1, Map.of(1L, "n1", 2L, "n2"));
            bench.sql("UPDATE docs SET title = 'while out' WHERE id = 1", "DELETE FROM docs WHERE id = 2");
            bench.awaitBarrier(barriers);
            running.assertAlive();
        }
        bench.awaitSlotFree();
        assertThat(bench.text("SELECT string_agg(tablename, ',') FROM pg_publication_tables"))
                .isEqualTo("notes");

        // The table that comes back is read again: its changes were not captured.
        bench.sql("ALTER TABLE docs ADD COLUMN embedding vector(3)");
        try (SourceBench.Running running = bench.start(both, false)) {
            bench.awaitTitles("public.docs", 3, Map.of(1L, "while out", 3L, "t3", 4L, "t4"));
            running.assertAlive();
        }
    }

    /** A publication of the user's own keeps it, and so does one that is ferry's by name only. */
    @Test
    void aTableThatWasOutOfThePipelineIsReadAgainAlsoWhereThePublicationKeptIt() {
        bench.sql(
                "CREATE TABLE notes (id int PRIMARY KEY, title text, embedding vector(3))",
                "CREATE ROLE reader LOGIN REPLICATION",
                "GRANT SELECT ON docs, notes TO reader",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs, notes WITH (publish_via_partition_root = true)");
        String url = bench.server.url("postgres");
        Source both = bench.source(url, "reader", TABLE + ", {name: public.notes, vector: embedding}");
        Source notes = bench.source(url, "reader", "{name: public.notes, vector: embedding}");
        try (SourceBench.Running running = bench.start(both, false)) {
            bench.awaitTitles("public.docs", 1, Map.of(1L, "t1", 2L, "t2", 3L, "t3"));
            running.assertAlive();
        }
        bench.awaitSlotFree();
        assertThat(notes.doctor())
                .filteredOn(found -> found.check().equals("publication"))
                .extracting(Finding::remedy)
                .contains("ALTER PUBLICATION \"vectorferry_articles\" DROP TABLE \"public\".\"docs\";");
        for (int start = 1; start <= 2; start++) {
            try (SourceBench.Running running = bench.start(notes, false);
                    BarrierIssuer barriers = notes.barriers(bench.changes.kafka, bench.changes.topics)) {
                bench.sql("UPDATE docs SET title = title || '!' WHERE id < 3");
                bench.awaitBarrier("out-" + start, barriers);
                running.assertAlive();
            }
            bench.awaitSlotFree();
        }
        try (SourceBench.Running running = bench.start(both, false)) {
            bench.awaitTitles("public.docs", 2, Map.of(1L, "t1!!", 2L, "t2!!", 3L, "t3"));
            running.assertAlive();
        }
    }

    private void awaitComplete(int generation) {
        bench.changes.await("generation " + generation, seen -> seen.stream()
                .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String table, int complete)
                        && complete == generation));
    }
}
