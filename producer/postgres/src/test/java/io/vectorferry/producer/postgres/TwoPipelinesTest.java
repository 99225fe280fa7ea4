package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.spi.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two pipelines on one database, each with its own topics: neither uses what the other has made. */
@Timeout(120)
class TwoPipelinesTest {
    private static final String T = "user: postgres, tables: [{name: public.t, vector: embedding}]";
    private static final String OTHER = "user: postgres, tables: [{name: public.other, vector: embedding}]";

    private SourceBench first;
    private SourceBench second;

    @BeforeEach
    void start() {
        first = new SourceBench();
        second = new SourceBench(first.server);
        first.sql(
                "CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))",
                "CREATE TABLE other (id int PRIMARY KEY, embedding vector(2))",
                "INSERT INTO t VALUES (1, '[1,2]')",
                "INSERT INTO other VALUES (1, '[1,2]')");
    }

    @AfterEach
    void stop() {
        second.changes.close();
        first.close();
    }

    @Test
    void thoseOfOneNameDoNotShareASlotOrTheTablesOfAPublication() {
        Source other = second.sourceWith(OTHER);
        try (SourceBench.Running running = first.start(first.sourceWith(T), false)) {
            first.awaitKeys("public.t", 1);
            assertRefused(other, false, "another process reads it");
            assertRefused(other, true, "another process reads it");
            assertThat(first.text("SELECT string_agg(tablename, ',') FROM pg_publication_tables"))
                    .isEqualTo("t");
            first.sql("INSERT INTO t VALUES (2, '[1,2]')");
            first.awaitKeys("public.t", 2);
            running.assertAlive();
        }
        first.awaitSlotFree();
        assertRefused(other, false, "this pipeline has not made it");
        first.sql("INSERT INTO t VALUES (3, '[1,2]')");
        try (SourceBench.Running running = first.start(first.sourceWith(T), false)) {
            first.awaitKeys("public.t", 3);
            running.assertAlive();
        }

        // The other remedy: the first one is given up.
        first.awaitSlotFree();
        first.sql("SELECT pg_drop_replication_slot('vectorferry_articles')");
        try (SourceBench.Running running = second.start(other, false)) {
            second.awaitKeys("public.other", 1);
            running.assertAlive();
        }
    }

    @Test
    void thoseWithSlotsOfTheirOwnHavePublicationsOfTheirOwn() {
        try (SourceBench.Running running = first.start(first.sourceWith(T), false)) {
            first.awaitKeys("public.t", 1);
            Source sharing = second.sourceWith(OTHER + ", slot: second");
            assertThat(sharing.doctor())
                    .filteredOn(found -> found.level() == Finding.Level.ERROR)
                    .singleElement()
                    .satisfies(found -> {
                        assertThat(found.message()).contains("another pipeline", "vectorferry_articles");
                        assertThat(found.remedy()).contains("source.postgres.publication");
                    });
            assertRefused(sharing, false, "was made by another pipeline");
            try (SourceBench.Running beside =
                    second.start(second.sourceWith(OTHER + ", slot: second, publication: second"), false)) {
                first.sql("INSERT INTO t VALUES (2, '[1,2]')", "INSERT INTO other VALUES (2, '[1,2]')");
                first.awaitKeys("public.t", 2);
                second.awaitKeys("public.other", 2);
                beside.assertAlive();
            }
            running.assertAlive();
        }
    }

    /** A superuser counts as the owner of every publication. */
    @Test
    void aPublicationThatTheUserMadeKeepsItsTablesWhateverItsName() {
        first.sql(
                "CREATE PUBLICATION vectorferry_articles FOR TABLE t, other WITH (publish_via_partition_root = true)");
        Source source = first.sourceWith(T);
        assertThat(source.doctor())
                .extracting(Finding::remedy)
                .contains("ALTER PUBLICATION \"vectorferry_articles\" DROP TABLE \"public\".\"other\";");
        try (SourceBench.Running running = first.start(source, false)) {
            first.awaitKeys("public.t", 1);
            running.assertAlive();
        }
        assertThat(first.text("SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_publication_tables"))
                .isEqualTo("other,t");
    }

    private void assertRefused(Source source, boolean newGeneration, String why) {
        assertThatThrownBy(() -> second.stage(source, newGeneration).run())
                .isInstanceOfSatisfying(FerryException.class, e -> {
                    assertThat(e).hasMessageContaining(why);
                    assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                    assertThat(e.remedy()).contains("source.postgres.publication");
                });
    }
}
