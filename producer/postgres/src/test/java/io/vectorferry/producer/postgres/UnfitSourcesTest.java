package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sources that hide rows or changes, or whose application would be disturbed: the doctor and the stage refuse each before
 * anything is made, and the SQL that they name is enough.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class UnfitSourcesTest {
    private static final String APPLICATION =
            "UPDATE docs SET title = 'new' WHERE id = 1; DELETE FROM docs WHERE id = 2; ";

    private SourceBench bench;

    @BeforeAll
    void startServer() {
        bench = new SourceBench();
        bench.sql("CREATE ROLE ferry LOGIN REPLICATION", "GRANT USAGE ON SCHEMA public TO ferry");
    }

    @AfterAll
    void stopServer() {
        bench.close();
    }

    @BeforeEach
    void dropAll() {
        bench.sql(
                "ALTER ROLE ferry NOBYPASSRLS",
                "DROP PUBLICATION IF EXISTS p",
                "DROP PUBLICATION IF EXISTS vectorferry_articles",
                "DROP TABLE IF EXISTS docs, other CASCADE",
                "DROP SCHEMA IF EXISTS hidden CASCADE");
    }

    @AfterEach
    void dropSlot() {
        bench.sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    }

    /** Of the table docs as the application uses it: what is wrong, the check that finds it, and words of the message. */
    static Stream<Arguments> unfitTables() {
        String plain = "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3)); ";
        String stored =
                "CREATE TABLE docs (id int PRIMARY KEY, title text, n int GENERATED ALWAYS AS (length(title)) STORED, embedding vector(3)); ";
        String parts =
                "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3)) PARTITION BY RANGE (id); CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100); ";
        return Stream.of(
                arguments(
                        "a deferrable key",
                        "CREATE TABLE docs (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, title text, embedding vector(3))",
                        "primary_key",
                        "deferrable"),
                arguments(
                        "a deferrable key and FULL, in whose log a swap of two keys would end as a deletion",
                        "CREATE TABLE docs (id int PRIMARY KEY DEFERRABLE, title text, embedding vector(3)); ALTER TABLE docs REPLICA IDENTITY FULL",
                        "primary_key",
                        "deferrable"),
                arguments(
                        "a deferrable key of a partitioned table, also of its partitions",
                        parts.replace("PRIMARY KEY", "PRIMARY KEY DEFERRABLE"),
                        "primary_key",
                        "deferrable"),
                arguments(
                        "a table that another one inherits from",
                        plain + "CREATE TABLE other () INHERITS (docs)",
                        "inheritance",
                        "public.other"),
                arguments(
                        "columns that differ only in case",
                        plain + "ALTER TABLE docs ADD \"Title\" text",
                        "column",
                        "only in case"),
                arguments(
                        "a column whose name is in quotes",
                        plain + "ALTER TABLE docs ADD \"\"\"t\"\"\" text",
                        "column",
                        "in quotes"),
                arguments(
                        "no identity",
                        plain + "ALTER TABLE docs REPLICA IDENTITY NOTHING",
                        "replica_identity",
                        "REPLICA IDENTITY NOTHING"),
                arguments(
                        "a partition without identity",
                        parts + "ALTER TABLE docs_1 REPLICA IDENTITY NOTHING",
                        "replica_identity",
                        "docs_1, a partition of public.docs"),
                arguments(
                        "a partition that logs another key",
                        parts + "ALTER TABLE docs ADD c int NOT NULL DEFAULT 0"
                                + "; CREATE UNIQUE INDEX i ON docs_1 (c, title); ALTER TABLE docs_1 ALTER title SET NOT NULL; ALTER TABLE docs_1 REPLICA IDENTITY USING INDEX i",
                        "replica_identity",
                        "another key"),
                arguments(
                        "an identity index that was dropped",
                        plain
                                + "CREATE UNIQUE INDEX i ON docs (id); ALTER TABLE docs REPLICA IDENTITY USING INDEX i; DROP INDEX i",
                        "replica_identity",
                        "lost the index"),
                arguments(
                        "another index than the key",
                        "CREATE TABLE docs (id int PRIMARY KEY, title text, c int NOT NULL DEFAULT 0, embedding vector(3)); CREATE UNIQUE INDEX i ON docs (c, id); ALTER TABLE docs REPLICA IDENTITY USING INDEX i",
                        "replica_identity",
                        "do not log the key"),
                arguments(
                        "a virtual column and FULL",
                        stored.replace("STORED", "VIRTUAL") + "ALTER TABLE docs REPLICA IDENTITY FULL",
                        "replica_identity",
                        "generated n"),
                arguments(
                        "an unlogged partition",
                        "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3)) PARTITION BY RANGE (id); CREATE UNLOGGED TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100)",
                        "unlogged",
                        "unlogged"),
                arguments(
                        "a stored column, FULL, and a publication without it",
                        stored + "ALTER TABLE docs REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE docs",
                        "replica_identity",
                        "not published"),
                arguments(
                        "a publication with a column list",
                        plain
                                + "CREATE PUBLICATION p FOR TABLE docs (id, title) WITH (publish_via_partition_root = true)",
                        "publication",
                        "without embedding"),
                arguments(
                        "a publication with a row filter",
                        plain + "CREATE PUBLICATION p FOR TABLE docs WHERE (id > 0)",
                        "publication",
                        "row filter"),
                arguments(
                        "a publication of insertions",
                        plain + "CREATE PUBLICATION p FOR TABLE docs WITH (publish = 'insert')",
                        "publication",
                        "update, delete, truncate"),
                arguments(
                        "a publication without truncations",
                        plain + "CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, update, delete')",
                        "publication",
                        "every truncate"),
                arguments(
                        "a publication by partitions",
                        parts + "CREATE PUBLICATION p FOR TABLE docs",
                        "publication",
                        "names of its partitions"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unfitTables")
    void isRefusedBeforeAnythingIsMadeWithTheSqlThatIsEnough(String what, String setup, String check, String word) {
        bench.sql(setup, "INSERT INTO docs (id, title, embedding) VALUES (1, 'a', '[1,2,3]'), (2, 'b', '[4,5,6]')");
        boolean own = setup.contains("CREATE PUBLICATION p");
        Source source = bench.sourceWith(
                "user: postgres, tables: [{name: public.docs, vector: embedding}]" + (own ? ", publication: p" : ""));

        Finding found = errors(source).getFirst();
        assertThat(found.check()).isEqualTo(check);
        assertThat(found.message()).contains(word);
        assertRefused(source, found);
        if (!own) {
            bench.sql(APPLICATION, "INSERT INTO docs (id, title, embedding) VALUES (2, 'b', '[4,5,6]')");
        }

        errors(source).forEach(one -> bench.script(statements(one.remedy())));
        assertThat(errors(source)).isEmpty();
        source.plan().creates().forEach(bench::sql);
        bench.sql(APPLICATION);
    }

    /** Returns what is to be run of it: some say why first, or leave a name open. */
    private static String statements(String remedy) {
        return remedy.replaceFirst("^Make it [^:]*: ", "").replace("…", "renamed");
    }

    @Test
    void aRoleWithoutPrivilegesIsToldEachThatItNeeds() {
        bench.sql(
                "CREATE SCHEMA hidden",
                "CREATE TABLE hidden.docs (id int PRIMARY KEY, title text, embedding vector(3))",
                "CREATE ROLE nobody LOGIN");
        try {
            Source source = bench.sourceWith("user: nobody, tables: [{name: hidden.docs, vector: embedding}]");
            assertThat(errors(source)).extracting(Finding::check).contains("replication_role", "select", "publication");
            errors(source).forEach(found -> bench.script(found.remedy()));
            assertThat(errors(source)).isEmpty();
        } finally {
            bench.sql("DROP SCHEMA hidden CASCADE", "DROP OWNED BY nobody", "DROP ROLE nobody");
        }
    }

    @Test
    void aGeneratedKeyThatThePublicationOmitsIsRefused() {
        bench.sql(
                "CREATE TABLE docs (title text, id int GENERATED ALWAYS AS (length(title)) STORED PRIMARY KEY, embedding vector(3))",
                "INSERT INTO docs VALUES ('a', DEFAULT, '[1,2,3]'), ('bb', DEFAULT, '[1,2,3]')",
                "CREATE PUBLICATION p FOR TABLE docs");
        Source source =
                bench.sourceWith("user: postgres, publication: p, tables: [{name: public.docs, vector: embedding}]");
        bench.script(onlyError(source).remedy());
        assertThat(errors(source)).isEmpty();
        bench.sql(APPLICATION);
    }

    @Test
    void aTableWithRowLevelSecurityIsRefusedForARoleThatItMayHideRowsFrom() {
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3))",
                "INSERT INTO docs SELECT i, 't' || i, '[1,2,3]' FROM generate_series(1, 100) i",
                "ALTER TABLE docs ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY all_of_them ON docs FOR SELECT TO ferry USING (true)",
                "GRANT SELECT ON docs TO ferry",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs WITH (publish_via_partition_root = true)");
        Source source = asFerry();

        Finding found = onlyError(source);
        assertThat(found.check()).isEqualTo("row_security");
        assertThatThrownBy(() -> source.reader().scan("public.docs", row -> {})).hasMessage(found.message());
        assertThatThrownBy(() -> bench.stage(source, false).run())
                .isInstanceOf(FerryException.class)
                .hasMessage(found.message());
        assertThat(bench.truth("SELECT count(*) = 0 FROM pg_replication_slots")).isTrue();

        bench.script(found.remedy());
        assertThat(errors(source)).isEmpty();
        List<Object> rows = new ArrayList<>();
        source.reader().scan("public.docs", rows::add);
        assertThat(rows).hasSize(100);
    }

    @Test
    void aPartitionHasRightsAndPoliciesOfItsOwn() {
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, embedding vector(3)) PARTITION BY RANGE (id)",
                "CREATE SCHEMA hidden",
                "CREATE TABLE hidden.docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100)",
                "CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (100) TO (200)",
                "ALTER TABLE docs_2 ENABLE ROW LEVEL SECURITY",
                "GRANT SELECT ON docs, docs_2 TO ferry",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs WITH (publish_via_partition_root = true)");
        Source source = asFerry();

        assertThat(errors(source)).extracting(Finding::check).containsExactly("select", "select", "row_security");
        errors(source).forEach(found -> bench.script(found.remedy()));
        assertThat(errors(source)).isEmpty();
    }

    @Test
    void onlyWhatThePipelineNeedsMustBeInAColumnList() {
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, title text, secret text, n int GENERATED ALWAYS AS (1) STORED, embedding vector(3))",
                "CREATE PUBLICATION p FOR TABLE docs (id, title, embedding)");
        String table = "user: postgres, publication: p, tables: [{name: public.docs, vector: embedding%s}]";
        assertThat(onlyError(bench.sourceWith(table.formatted(""))).message()).contains("without secret");
        assertThat(errors(bench.sourceWith(table.formatted(", fields: [title, n]"))))
                .isEmpty();

        bench.sql("DROP PUBLICATION p", "CREATE PUBLICATION p FOR TABLES IN SCHEMA public");
        assertThat(errors(bench.sourceWith(table.formatted("")))).isEmpty();
    }

    @Test
    void aViewIsRefusedWithoutAdviceThatOnlyATableCanFollow() {
        bench.sql(
                "CREATE TABLE other (id int PRIMARY KEY, embedding vector(3))",
                "CREATE VIEW docs AS SELECT * FROM other");
        try {
            assertThat(onlyError(bench.source("{name: public.docs, vector: embedding}")))
                    .extracting(Finding::message)
                    .asString()
                    .contains("is not a table");
        } finally {
            bench.sql("DROP VIEW docs");
        }
    }

    @Test
    void aPartitionThatIsPublishedUnderAnotherNameIsRefused() {
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, embedding vector(3)) PARTITION BY RANGE (id)",
                "CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100)",
                "CREATE PUBLICATION p FOR TABLE docs WITH (publish_via_partition_root = true)");
        assertThat(onlyError(bench.sourceWith(
                                "user: postgres, publication: p, tables: [{name: public.docs_1, vector: embedding}]"))
                        .message())
                .contains("partition of public.docs");
    }

    @Test
    void columnsThatDifferInCaseOnlyAreRefusedInEachPublishedTable() {
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, \"Title\" text, title text, embedding vector(3))",
                "CREATE TABLE other (id int PRIMARY KEY, embedding vector(3))",
                "CREATE PUBLICATION p FOR ALL TABLES");
        assertThat(onlyError(bench.source("{name: public.docs, vector: embedding}")))
                .extracting(Finding::message)
                .asString()
                .contains("Title", "only in case");
        Source other =
                bench.sourceWith("user: postgres, publication: p, tables: [{name: public.other, vector: embedding}]");
        assertThat(onlyError(other).message()).contains("public.docs", "only in case");
        assertThatThrownBy(() -> bench.stage(other, false).run()).hasMessageContaining("only in case");
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs\"", "\"docs", "do''cs", "do``cs"})
    void aNameThatCaptureMisreadsIsRefusedInEachPublishedTable(String name) {
        String quoted = QualifiedName.quoted(name);
        bench.sql(
                "CREATE TABLE %s (id int PRIMARY KEY, embedding vector(3))".formatted(quoted),
                "CREATE TABLE other (id int PRIMARY KEY, embedding vector(3))",
                "CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root = true)");
        try {
            String tables = "user: postgres, publication: p, tables: [{name: '%s', vector: embedding}]";
            Source own = bench.sourceWith(tables.formatted(("public." + quoted).replace("'", "''")));
            assertThat(onlyError(own).message()).contains("as another name");
            Source other = bench.sourceWith(tables.formatted("public.other"));
            assertThat(onlyError(other).message()).contains(quoted, "capture ends at it");
            assertThatThrownBy(() -> bench.stage(other, false).run()).hasMessageContaining("capture ends at it");
        } finally {
            bench.sql("DROP TABLE " + quoted);
        }
    }

    @Test
    void oneCheckThatCannotBeDoneKeepsNoOtherFromBeingDone() {
        // The slot's view is taken away, as a hardened server may do; the table's findings are there all the same.
        bench.sql(
                "CREATE TABLE docs (id int PRIMARY KEY, embedding vector(3))",
                "GRANT SELECT ON docs TO ferry",
                "CREATE PUBLICATION vectorferry_articles FOR TABLE docs WITH (publish_via_partition_root = true)",
                "REVOKE SELECT ON pg_replication_slots FROM PUBLIC");
        try {
            assertThat(asFerry().doctor())
                    .anySatisfy(found -> {
                        assertThat(found.check()).isEqualTo("slot");
                        assertThat(found.level()).isEqualTo(Finding.Level.ERROR);
                        assertThat(found.remedy()).isNotEmpty();
                    })
                    .anySatisfy(found -> assertThat(found.message()).contains("vector of 3 dimensions"));
        } finally {
            bench.sql("GRANT SELECT ON pg_replication_slots TO PUBLIC");
        }
    }

    private Source asFerry() {
        return bench.sourceWith("user: ferry, tables: [{name: public.docs, vector: embedding}]");
    }

    private void assertRefused(Source source, Finding found) {
        Stage stage = bench.stage(source, false);
        assertThatThrownBy(stage::run)
                .isInstanceOfSatisfying(FerryException.class, refused -> {
                    assertThat(refused.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                    assertThat(refused.remedy()).startsWith(found.remedy());
                })
                .hasMessage(found.message());
        assertThat(bench.truth("SELECT count(*) = 0 FROM pg_replication_slots")).isTrue();
        assertThat(bench.truth("SELECT count(*) = 0 FROM pg_publication WHERE pubname <> 'p'"))
                .isTrue();
    }

    private static Finding onlyError(Source source) {
        List<Finding> errors = errors(source);
        assertThat(errors).hasSize(1);
        return errors.getFirst();
    }

    private static List<Finding> errors(Source source) {
        return source.doctor().stream()
                .filter(found -> found.level() == Finding.Level.ERROR)
                .toList();
    }
}
