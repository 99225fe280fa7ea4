package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables as applications have them, under a publication that is ours or theirs, while their statements go on. */
@Timeout(120)
public class PublishedTablesTest {

    private SourceBench bench;

    @BeforeEach
    public void start() {
        bench = new SourceBench();
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @Test
    void namesThatDifferInCaseOnlyOrHoldAnyCharacterAreToldApart() {
        String odd = "\"Up.Per\".\"o,d'd \"\"do.cs$1\"";
        bench.sql(
                "CREATE TABLE document (id int PRIMARY KEY, embedding vector(2))",
                "CREATE TABLE \"Document\" (id int PRIMARY KEY, embedding vector(2))",
                "CREATE SCHEMA \"Up.Per\"",
                "CREATE TABLE %s (id int PRIMARY KEY, \"Ti.t\"\"le, %%\" text, embedding vector(2))".formatted(odd),
                "CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root = true)",
                "INSERT INTO document VALUES (10, '[1,2]')");
        Source source = bench.sourceWith("""
                user: postgres, publication: p, tables: [{name: public.document, vector: embedding},
                  {name: '"Up.Per"."o,d''d ""do.cs$1"', vector: embedding}]""");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.document", 1);
            bench.sql(
                    "INSERT INTO \"Document\" VALUES (1, '[1,2]')",
                    "INSERT INTO document VALUES (2, '[3,4]')",
                    "INSERT INTO %s VALUES (3, 'x', '[5,6]')".formatted(odd));
            bench.awaitKeys("public.document", 2);
            String collection = source.collections().getLast();
            bench.awaitKeys(collection, 1);
            assertThat(bench.row(SourceBench.key(collection, 3)).fields())
                    .extracting(Field::name)
                    .containsExactly("Ti.t\"le, %");
            assertThat(bench.changes.state().keySet())
                    .containsExactlyInAnyOrder(
                            SourceBench.key("public.document", 10),
                            SourceBench.key("public.document", 2),
                            SourceBench.key(collection, 3));
            running.assertAlive();
        }
    }

    @Test
    void generatedColumnsDoNotKeepTheApplicationFromUpdatingAndDeleting() {
        bench.sql(
                "CREATE TABLE t (id bigint PRIMARY KEY, body text, n int GENERATED ALWAYS AS (length(body)) STORED, embedding vector(2))",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "CREATE TABLE k (body text, id bigint GENERATED ALWAYS AS (length(body)) STORED PRIMARY KEY, v int GENERATED ALWAYS AS (7) VIRTUAL)",
                "INSERT INTO t (id, body, embedding) VALUES (1, 'one', '[1,2]'), (2, 'two', '[3,4]')",
                "INSERT INTO k (body) VALUES ('a'), ('bb')");
        try (SourceBench.Running running =
                bench.start(bench.source("{name: public.t, vector: embedding}, {name: public.k}"), false)) {
            bench.awaitKeys("public.t", 2);
            bench.awaitKeys("public.k", 2);
            bench.sql(
                    "UPDATE t SET body = 'seven77' WHERE id = 1",
                    "DELETE FROM t WHERE id = 2",
                    "UPDATE k SET body = 'ccccc' WHERE id = 1",
                    "DELETE FROM k WHERE id = 2");
            bench.awaitKeys("public.t", 1);
            bench.awaitKeys("public.k", 1);
            assertThat(bench.row(SourceBench.key("public.t", 1)).field("n").map(Field::value))
                    .contains(new Value.Whole(7));
            assertThat(bench.row(SourceBench.key("public.k", 5)).field("v").map(Field::value))
                    .contains(new Value.Whole(7));
            running.assertAlive();
        }
    }

    @Test
    void whatMakesTheApplicationFailIsReportedWhenItComesAndNoMoreOnceItIsGone() {
        bench.sql(
                "CREATE TABLE t (id bigint PRIMARY KEY, body text, embedding vector(2)) PARTITION BY RANGE (id)",
                "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (100)");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.sql("INSERT INTO t VALUES (1, 'one', '[1,2]')");
            bench.awaitKeys("public.t", 1);
            bench.sql(
                    "ALTER TABLE t_1 REPLICA IDENTITY FULL", "ALTER TABLE t ADD v int GENERATED ALWAYS AS (7) VIRTUAL");
            bench.awaitCaptureError("public.t_1: the application's UPDATE and DELETE fail", "REPLICA IDENTITY DEFAULT");
            bench.sql("ALTER TABLE t_1 REPLICA IDENTITY DEFAULT", "UPDATE t SET body = 'two' WHERE id = 1");
            awaitBody("two");
            bench.awaitCaptureError();
            running.assertAlive();
        }
    }

    @Test
    void changesThatThePublicationLeftOutForAWhileAreReadAgain() {
        bench.sql(
                "CREATE TABLE t (id bigint PRIMARY KEY, body text, embedding vector(2))",
                "INSERT INTO t VALUES (1, 'one', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitKeys("public.t", 1);
            bench.sql(
                    "ALTER PUBLICATION vectorferry_articles SET (publish = 'insert')",
                    "UPDATE t SET body = 'left out' WHERE id = 1");
            bench.awaitCaptureError("omits every update, delete, truncate", "ALTER PUBLICATION");
            bench.sql("ALTER PUBLICATION vectorferry_articles SET (publish = 'insert, update, delete, truncate')");
            awaitBody("left out");
            bench.awaitCaptureError();

            // Between two looks.
            bench.sql(
                    "ALTER PUBLICATION vectorferry_articles SET (publish = 'insert')",
                    "UPDATE t SET body = 'left out again' WHERE id = 1",
                    "ALTER PUBLICATION vectorferry_articles SET (publish = 'insert, update, delete, truncate')");
            awaitBody("left out again");
            running.assertAlive();
        }
    }

    @Test
    void aStartThatFailsIsInTheStatusAndTheNextOneIsAFirstStart() {
        bench.sql("CREATE TABLE t (id bigint NOT NULL, body text, embedding vector(2))");
        Source source = bench.source("{name: public.t, vector: embedding}");
        assertThatThrownBy(() -> bench.stage(source, false).run()).hasMessageContaining("no primary key");
        bench.awaitCaptureError("public.t has no primary key", "ALTER TABLE");

        bench.sql("ALTER TABLE t ADD PRIMARY KEY (id)", "INSERT INTO t VALUES (1, 'one', '[1,2]')");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.t", 1);
            bench.awaitCaptureError();
            running.assertAlive();
        }
    }

    @Test
    void rowsThatAPolicyHidesFromNowOnAreNotTakenForDeleted() {
        bench.sql(
                "CREATE TABLE t (id bigint PRIMARY KEY, body text, embedding vector(768))",
                "INSERT INTO t SELECT 1, 'old', array_fill(0.5::real, ARRAY[768])::vector",
                "CREATE ROLE ferry LOGIN REPLICATION",
                "GRANT USAGE ON SCHEMA public TO ferry",
                "GRANT SELECT ON t TO ferry",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE t WITH (publish_via_partition_root = true)");
        Source source = bench.sourceWith("user: ferry, tables: [{name: public.t, vector: embedding}]");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.t", 1);
            bench.sql("ALTER TABLE t ENABLE ROW LEVEL SECURITY", "UPDATE t SET body = 'new' WHERE id = 1");
            // Of the server or of the look at the table, whichever comes first.
            assertThat(running.failure()).hasStackTraceContaining("level security");
        }
        assertThatThrownBy(() -> bench.stage(source, false).run())
                .isInstanceOfSatisfying(FerryException.class, refused -> assertThat(refused.remedy())
                        .contains("BYPASSRLS"));

        bench.awaitSlotFree();
        bench.sql("ALTER ROLE ferry BYPASSRLS");
        try (SourceBench.Running again = bench.start(source, false)) {
            awaitBody("new");
            again.assertAlive();
        }
    }

    /** As on Supabase; the role may not even use the schema. */
    @Test
    void pgvectorMayBeInASchemaOfItsOwn() {
        bench.sql(
                "CREATE SCHEMA extensions",
                "ALTER EXTENSION vector SET SCHEMA extensions",
                "CREATE TABLE docs (id int PRIMARY KEY, embedding extensions.vector(3))",
                "CREATE TABLE loose (id int PRIMARY KEY, embedding extensions.vector, h extensions.halfvec)",
                "CREATE TABLE arrays (id int PRIMARY KEY, embedding real[])",
                "INSERT INTO docs VALUES (1, '[1,0,0]'), (2, '[0,1,0]')",
                "INSERT INTO loose VALUES (1, '[1,0,0]', '[1,2]'), (2, '[0,1,0]', NULL), (3, '[1,2]', NULL)",
                "INSERT INTO arrays VALUES (1, '{1,0,0}'), (2, '{0,1,0}')",
                "CREATE ROLE ferry LOGIN REPLICATION",
                "GRANT USAGE ON SCHEMA public TO ferry",
                "GRANT SELECT ON docs, loose, arrays TO ferry",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs, loose, arrays WITH (publish_via_partition_root = true)");
        Source source = bench.sourceWith("""
                user: ferry, tables: [{name: public.docs, vector: embedding}, {name: public.loose, vector: embedding},
                  {name: public.arrays, vector: embedding}]""");

        assertThat(source.doctor())
                .noneMatch(found -> found.level() == Finding.Level.ERROR)
                .filteredOn(found -> found.check().equals("vector_schema"))
                .hasSize(3)
                .allSatisfy(found ->
                        assertThat(found.remedy()).isEqualTo("GRANT USAGE ON SCHEMA \"extensions\" TO \"ferry\";"));
        assertThat(source.doctor()).anySatisfy(found -> {
            assertThat(found.check()).isEqualTo("dimension");
            assertThat(found.message()).contains("1 rows of 2, 2 rows of 3");
        });
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.loose", 3);
            bench.sql("INSERT INTO docs VALUES (3, '[0,0,1]')", "INSERT INTO loose VALUES (4, '[0,0,1]', '[3]')");
            bench.awaitKeys("public.loose", 4);
            bench.awaitKeys("public.docs", 3);
            assertThat(vector(SourceBench.key("public.loose", 4))).isEqualTo(Vector.ofFloats(0, 0, 1));
            running.assertAlive();
        }
        assertThatThrownBy(() -> source.reader().search("public.docs"))
                .isInstanceOfSatisfying(FerryException.class, refused -> assertThat(refused.remedy())
                        .contains("GRANT USAGE"));
        bench.sql("GRANT USAGE ON SCHEMA extensions TO ferry");
        for (String collection : source.collections()) {
            try (SourceSearch search = source.reader().search(collection).orElseThrow()) {
                assertThat(search.nearest(Vector.ofFloats(0, 1, 0.1f), 2, DistanceMetric.COSINE))
                        .as(collection)
                        .extracting(SourceRow::key)
                        .startsWith(SourceBench.key(collection, 2))
                        .hasSize(2);
            }
        }
    }

    /** Which rows are kept is known behind the producer: a declared dimension would be that of any row. */
    @Test
    void aFilteredColumnHasNoDimensionUntilARowIsKept() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, c text, embedding vector)",
                "INSERT INTO t VALUES (1, 'a', '[1,2,3]'), (2, 'b', '[1,2,3,4]')");
        Source source = bench.sourceWith(
                "user: postgres, tables: [{name: public.t, vector: embedding}]", "{filter: \"c == 'b'\"}");
        assertThat(source.doctor()).anySatisfy(found -> {
            assertThat(found.check()).isEqualTo("dimension");
            assertThat(found.message()).contains("the first that the filter keeps", "1 rows of 3, 1 rows of 4");
        });
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.t", 2);
            bench.sql("INSERT INTO t VALUES (3, 'b', '[5,6,7,8]')");
            bench.awaitKeys("public.t", 3);
            running.assertAlive();
        }
        for (int id = 1; id <= 3; id++) {
            assertThat(bench.row(SourceBench.key("public.t", id)).vector())
                    .get()
                    .extracting(VectorColumn::dimension)
                    .isEqualTo(0);
        }
        assertThat(vector(SourceBench.key("public.t", 3))).isEqualTo(Vector.ofFloats(5, 6, 7, 8));
    }

    private Vector vector(SourceKey key) {
        return bench.row(key).vector().flatMap(VectorColumn::value).orElseThrow();
    }

    private void awaitBody(String text) {
        bench.changes.await("the row with " + text, seen -> bench.row(SourceBench.key("public.t", 1))
                .field("body")
                .map(Field::value)
                .filter(new Value.Text(text)::equals)
                .isPresent());
    }
}
