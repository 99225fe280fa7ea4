package io.vectorferry.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table that the application made, with columns, keys and rules of its own. */
final class ApplicationTableTest {
    private final Database database = Database.create();

    private Target target() {
        return new PostgresTarget("pg", database.config("articles"));
    }

    private TargetWriter prepared(Target target, TargetKey key, Row row) {
        TargetWriter writer = target.writer(Rows.COLLECTION);
        writer.prepare(Rows.schemaOf(key, row));
        return writer;
    }

    @Test
    void otherColumnsKeepTheirDefaultsAndWhatTheyHoldAndTheSequenceIsMovedPastTheIds() {
        database.execute("""
                CREATE TABLE articles (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body varchar(20),
                  embedding vector(3), owner text NOT NULL DEFAULT 'nobody',
                  letters int GENERATED ALWAYS AS (length(body)) STORED)""", "INSERT INTO articles (body, owner) VALUES ('old', 'ada')");
        try (Target target = target();
                TargetWriter writer = prepared(target, Rows.key(1), Rows.row(1, ""))) {
            writer.apply(Rows.batch(1, Rows.upsert(1, "new"), Rows.upsert(70, "seventy")));
        }
        database.execute("INSERT INTO articles (body) VALUES ('mine')");
        assertThat(database.rows("SELECT id, body, owner, letters, embedding FROM articles ORDER BY id"))
                .containsExactly("1|new|ada|3|[1,0.1,-1]", "70|seventy|nobody|7|[70,7,-70]", "71|mine|nobody|4|null");
    }

    @Test
    void rowsThatTheTableRefusesAreRejectedWithTheNameOfTheRuleAndTheOthersAreWritten() {
        database.execute("""
                CREATE TABLE articles (id bigint PRIMARY KEY, body varchar(5) CONSTRAINT no_x CHECK (body <> 'x') UNIQUE, embedding vector(3))""", """
                CREATE TABLE comments (article bigint REFERENCES articles)""");
        try (Target target = target();
                TargetWriter writer = prepared(target, Rows.key(1), Rows.row(1, ""))) {
            writer.apply(Rows.batch(1, Rows.upsert(1, "a")));
            assertThat(writer.check(Rows.upsert(2, "longer than five"))).isPresent();
            assertThat(writer.check(Rows.upsert(2, "a\0b"))).isPresent();
            assertThat(writer.check(Rows.upsert(2, Rows.row(Vector.ofFloats(1, Float.NaN, 3), Rows.text("body", "x")))))
                    .isPresent();
            assertRejected(writer, Rows.upsert(2, "x"), "no_x", "23514");
            assertRejected(writer, Rows.upsert(2, "a"), "articles_body_key", "23505");
            database.execute("INSERT INTO comments VALUES (1)");
            assertThatThrownBy(() -> writer.apply(Rows.batch(2, Rows.delete(1))))
                    .isInstanceOfSatisfying(FerryException.class, e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e.remedy()).contains("ON DELETE CASCADE");
                    });
            assertThat(writer.committedOffsets()).contains(Rows.offsets(1));
        }
        assertThat(database.rows("SELECT id, body FROM articles")).containsExactly("1|a");
    }

    private static void assertRejected(TargetWriter writer, TargetWrite write, String... words) {
        assertThatThrownBy(() -> writer.apply(Rows.batch(2, Rows.upsert(9, "good"), write)))
                .isInstanceOfSatisfying(FerryException.class, e -> {
                    assertThat(e.kind()).isEqualTo(FerryException.Kind.REJECTED_RECORD);
                    assertThat(e).hasMessageContainingAll(words);
                });
    }

    @Test
    void uuidAndCompositeKeysAreFilledFoundAndDeleted() {
        database.execute("""
                CREATE TABLE articles (tenant int, day date, name text, body text, embedding vector(3), PRIMARY KEY (tenant, day, name))""");
        TargetKey first = new TargetKey(Rows.COLLECTION, new TargetKey.TextId("[7,19000,\"a \\\"b\\\"\"]"));
        TargetKey second = new TargetKey(Rows.COLLECTION, new TargetKey.TextId("[7,-1,\"\"]"));
        Row row = Rows.row(
                Vector.ofFloats(1, 2, 3),
                Rows.text("body", "x"),
                new Field("tenant", FieldType.of(FieldType.Name.INT32), new Value.Whole(7)));
        try (Target target = target();
                TargetWriter writer = prepared(target, first, row);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            assertThat(writer.check(Rows.upsert(first, row))).isEmpty();
            assertThat(writer.check(Rows.upsert(new TargetKey(Rows.COLLECTION, new TargetKey.TextId("[7]")), row)))
                    .isPresent();
            writer.apply(Rows.batch(1, Rows.upsert(first, row), Rows.upsert(second, row)));
            writer.apply(Rows.batch(2, Rows.upsert(first, row)));
            assertThat(database.rows("SELECT tenant, day, name FROM articles ORDER BY day"))
                    .containsExactly("7|1969-12-31|", "7|2022-01-08|a \"b\"");
            assertThat(reader.fetch(List.of(first.id(), second.id()))).containsOnlyKeys(first.id(), second.id());
            writer.apply(Rows.batch(3, new TargetWrite.Delete(first, new TargetWrite.Origin(0, 0))));
            assertThat(reader.count()).isOne();
        }
        database.execute(
                "DROP TABLE articles", "CREATE TABLE articles (id uuid PRIMARY KEY, body text, embedding vector(3))");
        TargetKey uuid = new TargetKey(Rows.COLLECTION, new TargetKey.TextId("123e4567-e89b-12d3-a456-426614174000"));
        try (Target target = target();
                TargetWriter writer = prepared(target, uuid, Rows.row(1, ""));
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            assertThat(writer.rememberedOffsets()).as("of the table before").isEmpty();
            writer.apply(Rows.batch(1, Rows.upsert(uuid, Rows.row(1, "u"))));
            assertThat(reader.fetch(List.of(uuid.id()))).containsOnlyKeys(uuid.id());
        }
    }

    @Test
    void aTableThatLacksAColumnIsLeftAsItIsAndRefusedWithTheSqlThatAddsIt() {
        database.execute("CREATE TABLE articles (id bigint PRIMARY KEY, embedding vector(3))");
        try (Target target = target()) {
            assertThatThrownBy(() -> prepared(target, Rows.key(1), Rows.row(1, "")))
                    .isInstanceOfSatisfying(FerryException.class, e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e.remedy()).contains("ALTER TABLE \"public\".\"articles\" ADD COLUMN \"body\" text");
                    });
        }
    }

    @Test
    void aColumnOfAnEnumIsWrittenAndAnAlteredTableIsLookedAtAgain() {
        database.execute(
                "CREATE TYPE mood AS ENUM ('happy', 'sad')",
                "CREATE TABLE articles (id bigint PRIMARY KEY, body mood, embedding vector(3))");
        try (Target target = target();
                TargetWriter writer = prepared(target, Rows.key(1), Rows.row(1, ""));
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.apply(Rows.batch(1, Rows.upsert(1, "happy"), Rows.upsert(2, "sad")));
            assertThat(reader.fetch(List.of(Rows.key(1).id())).get(Rows.key(1).id()))
                    .isEqualTo(Rows.row(1, "happy"));
            assertRejected(writer, Rows.upsert(3, "indifferent"), "22P02");
            database.execute("ALTER TABLE articles ALTER COLUMN body TYPE text");
            writer.apply(Rows.batch(2, Rows.upsert(1, "sad")));
            database.execute("ALTER TABLE articles DROP COLUMN body");
            assertThatThrownBy(() -> writer.apply(Rows.batch(3, Rows.upsert(1, "happy"))))
                    .isInstanceOfSatisfying(
                            FerryException.class, e -> assertThat(e.remedy()).contains("ADD COLUMN \"body\" text"));
        }
    }
}
