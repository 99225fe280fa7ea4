package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a verification reads again of a real PostgreSQL. */
@Timeout(60)
class RowsByKeyTest {
    /** Type, and keys that its ends, its specials and its quoting are made of. */
    private static final List<List<String>> KEYS = List.of(
            List.of("bigint", "-7", "9223372036854775807", "-9223372036854775808"),
            List.of("smallint", "7"),
            List.of("text", "a'\"\\é", "", "\\x41", "{NULL}", " \t\n", "\uD83D\uDE80"),
            List.of("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            List.of("numeric", "1.50", "NaN", "Infinity", "-Infinity", "0.00000000000000000001", "1e40"),
            List.of("numeric(3,-2)", "12300"),
            List.of(
                    "date",
                    "2026-11-21",
                    "infinity",
                    "-infinity",
                    "4713-11-24 BC",
                    "0001-12-31 BC",
                    "0001-01-01",
                    "10000-01-01",
                    "5874897-12-31"),
            List.of("timestamp", "infinity", "-infinity", "4713-11-24 00:00:00.000001 BC", "10000-01-01 23:59:59"),
            List.of(
                    "timestamptz",
                    "2026-11-21 01:02:03.000004+02",
                    "infinity",
                    "-infinity",
                    "0044-03-15 12:00:00+00 BC",
                    "0001-01-01 00:00:00+00",
                    "10000-01-01 00:00:00+00"),
            List.of("time", "01:02:03", "24:00:00", "00:00:00", "23:59:59.999999"),
            List.of("timetz", "24:00:00+00", "01:02:03.000004-11:30"),
            List.of("interval", "1 year 2 mons 3 days 04:05:06.000007", "-1 day", "infinity"),
            List.of("inet", "10.0.0.1", "10.0.0.0/8", "::1"),
            List.of("mood", "ok", "it's \"odd\", {\\}"),
            List.of("short_label", "x{,\"}\\"),
            List.of("pair", "(1,\"a, (b)\")", "(,)"),
            List.of("bytea", "\\x0001ff", "\\x", "xxbeef"),
            List.of("boolean", "true", "false"),
            List.of("double precision", "0.30000000000000004", "NaN", "Infinity", "-Infinity", "-0", "5e-324"),
            List.of("real", "0.1", "NaN", "-0", "1e-45", "3.4028235e38"),
            List.of("jsonb", "{\"b\": 1}", "\"\\\"\""),
            List.of("char(5)", "c", ""),
            List.of("citext", "AbC", "d'e"),
            List.of("money", "-12345.67"),
            List.of("int4range", "empty", "[1,10)", "(,)"),
            List.of("int4[]", "{}", "{1,NULL,-3}"),
            List.of("text[]", "{\"a,b\",\"\\\"q\\\"\",\"\\\\\",NULL,\"NULL\",\"\"}"),
            List.of("varbit", "101", ""),
            List.of("oid", "4294967295"),
            List.of("\"char\"", "z"),
            List.of("macaddr", "08:00:2b:01:02:03"));

    @Test
    void aRowReadByItsKeyIsTheRowThatAScanFindsWhateverTheKeysType() {
        try (SourceBench bench = new SourceBench()) {
            bench.sql("CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s \"odd\", {\\}')");
            bench.sql(
                    "CREATE DOMAIN label AS varchar(20)",
                    "CREATE DOMAIN short_label AS label",
                    "CREATE TYPE pair AS (a int, b text)",
                    "CREATE EXTENSION citext");
            for (List<String> type : KEYS) {
                bench.sql(
                        "DROP TABLE IF EXISTS t",
                        "CREATE TABLE t (k %s PRIMARY KEY, embedding vector(2))".formatted(type.getFirst()));
                type.stream()
                        .skip(1)
                        .forEach(value -> bench.sql("INSERT INTO t VALUES ($key$%s$key$, '[1,2]')".formatted(value)));
                Source source = bench.source("{name: public.t, vector: embedding}");
                List<SourceRow> scanned = new ArrayList<>();
                source.reader().scan("public.t", scanned::add);

                List<SourceKey> keys = new ArrayList<>(impossible());
                scanned.forEach(row -> keys.add(row.key()));

                assertThat(source.reader().fetch("public.t", keys))
                        .as(type.getFirst())
                        .hasSize(type.size() - 1)
                        .containsExactlyInAnyOrderElementsOf(scanned);
                RowBlocks blocks = source.reader().blocks("public.t");
                List<SourceRow> paged = new ArrayList<>();
                for (List<SourceRow> block = blocks.next(1); !block.isEmpty(); block = blocks.next(1)) {
                    paged.addAll(block);
                }
                assertThat(paged).as(type.getFirst()).containsExactlyInAnyOrderElementsOf(scanned);
            }
        }
    }

    @Test
    void everyRowComesOnceInBlocksThatFollowTheKeyThoughAllRowsMoveInBetween() {
        try (SourceBench bench = new SourceBench()) {
            bench.sql(
                    "CREATE TABLE t (a text, b int, views int, embedding vector(2), PRIMARY KEY (a, b)) PARTITION BY HASH (a)",
                    "CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                    "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                    "INSERT INTO t SELECT 'k' || i / 10, i % 10, 0, '[1,2]' FROM generate_series(1, 95) i");
            Source source = bench.source("{name: public.t, vector: embedding}");
            RowBlocks blocks = source.reader().blocks("public.t");
            List<SourceKey> keys = new ArrayList<>();
            for (List<SourceRow> block = blocks.next(10); !block.isEmpty(); block = blocks.next(10)) {
                assertThat(block).hasSizeLessThanOrEqualTo(10);
                block.forEach(row -> keys.add(row.key()));
                bench.sql("UPDATE t SET views = views + 1");
            }
            assertThat(keys).hasSize(95).doesNotHaveDuplicates();
        }
    }

    @Test
    void aScanThatAnotherOneTakesOverShowsEveryRowThoughSomeMovedIntoBlocksThatWereRead() {
        try (SourceBench bench = new SourceBench()) {
            bench.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, views int, filler text, embedding vector(2)) WITH (autovacuum_enabled = off)",
                    "INSERT INTO t SELECT i, 0, repeat('x', 1850), '[1,2]' FROM generate_series(1, 12000) i",
                    "DELETE FROM t WHERE id < 4000 AND id % 2 = 0",
                    "VACUUM t");
            Source source = bench.source("{name: public.t, vector: embedding, fields: [views]}");
            Map<SourceKey, Row> seen = new HashMap<>();
            List<String> marks = new ArrayList<>();
            assertThatThrownBy(
                            () -> source.reader().scan("public.t", "", row -> seen.put(row.key(), row.row()), mark -> {
                                marks.add(mark);
                                throw new IllegalStateException("killed");
                            }))
                    .hasMessage("killed");
            assertThat(seen.size()).isBetween(1, 11_000);

            bench.sql("UPDATE t SET views = 1 WHERE id > 11000");
            assertThat(source.reader().continuesFrom("public.t", marks.getLast()))
                    .isTrue();
            List<SourceRow> rest = new ArrayList<>();
            source.reader().scan("public.t", marks.getLast(), rest::add, mark -> {});
            rest.forEach(row -> seen.put(row.key(), row.row()));

            List<SourceRow> all = new ArrayList<>();
            source.reader().scan("public.t", all::add);
            assertThat(rest).hasSizeLessThan(all.size());
            assertThat(all).allSatisfy(row -> assertThat(seen).containsEntry(row.key(), row.row()));

            bench.sql("VACUUM FULL t");
            assertThat(source.reader().continuesFrom("public.t", marks.getLast()))
                    .isFalse();
        }
    }

    /** Ids that someone else may have put into a target. */
    private static List<SourceKey> impossible() {
        List<SourceKey> keys = new ArrayList<>();
        for (Value value : List.of(
                new Value.Text("no such thing; DROP TABLE t'"),
                new Value.Text("\0"),
                new Value.Whole(Long.MIN_VALUE),
                new Value.Whole(123_456),
                Value.NULL,
                new Value.Items(List.of()))) {
            keys.add(new SourceKey("public.t", List.of(value)));
        }
        keys.add(new SourceKey("public.t", List.of()));
        return keys;
    }
}
