package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a verification reads again of a real PostgreSQL. */
@Timeout(60)
class RowsByKeyTest {
    @TempDir
    Path directory;

    @Test
    void aRowReadByItsKeyIsTheRowThatAScanFindsWhateverTheKeysType() {
        try (SourceBench bench = new SourceBench(directory)) {
            bench.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')");
            for (String type : List.of(
                    "bigint/-7",
                    "smallint/7",
                    "text/a'\"\\é",
                    "uuid/a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                    "numeric/1.50",
                    "date/2026-11-21",
                    "timestamptz/2026-11-21 01:02:03.000004+02",
                    "time/01:02:03",
                    "inet/10.0.0.1",
                    "mood/ok",
                    "bytea/\\x0001ff",
                    "boolean/true",
                    "double precision/0.1",
                    "jsonb/{\"b\": 1}",
                    "char(5)/c")) {
                int slash = type.indexOf('/');
                bench.sql(
                        "DROP TABLE IF EXISTS t",
                        "CREATE TABLE t (k %s PRIMARY KEY, embedding vector(2))".formatted(type.substring(0, slash)),
                        "INSERT INTO t VALUES ($key$%s$key$, '[1,2]')".formatted(type.substring(slash + 1)));
                Source source = bench.source("{name: public.t, vector: embedding}");
                List<SourceRow> scanned = new ArrayList<>();
                source.scan("public.t", scanned::add);

                List<SourceKey> keys = new ArrayList<>(impossible());
                scanned.forEach(row -> keys.add(row.key()));

                assertThat(source.fetch("public.t", keys)).as(type).hasSize(1).isEqualTo(scanned);
                RowBlocks blocks = source.blocks("public.t");
                assertThat(blocks.next(1)).as(type).isEqualTo(scanned);
                assertThat(blocks.next(1)).as(type).isEmpty();
            }
        }
    }

    @Test
    void everyRowComesOnceInBlocksThatFollowTheKeyThoughAllRowsMoveInBetween() {
        try (SourceBench bench = new SourceBench(directory)) {
            bench.sql(
                    "CREATE TABLE t (a text, b int, views int, embedding vector(2), PRIMARY KEY (a, b)) PARTITION BY HASH (a)",
                    "CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                    "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                    "INSERT INTO t SELECT 'k' || i / 10, i % 10, 0, '[1,2]' FROM generate_series(1, 95) i");
            Source source = bench.source("{name: public.t, vector: embedding}");
            RowBlocks blocks = source.blocks("public.t");
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
        try (SourceBench bench = new SourceBench(directory)) {
            bench.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, views int, filler text, embedding vector(2)) WITH (autovacuum_enabled = off)",
                    "INSERT INTO t SELECT i, 0, repeat('x', 1850), '[1,2]' FROM generate_series(1, 12000) i",
                    "DELETE FROM t WHERE id < 4000 AND id % 2 = 0",
                    "VACUUM t");
            Source source = bench.source("{name: public.t, vector: embedding, fields: [views]}");
            Map<SourceKey, Row> seen = new HashMap<>();
            List<String> marks = new ArrayList<>();
            assertThatThrownBy(() -> source.scan("public.t", "", row -> seen.put(row.key(), row.row()), mark -> {
                        marks.add(mark);
                        throw new IllegalStateException("killed");
                    }))
                    .hasMessage("killed");
            assertThat(seen.size()).isBetween(1, 11_000);

            bench.sql("UPDATE t SET views = 1 WHERE id > 11000");
            assertThat(source.continuesFrom("public.t", marks.getLast())).isTrue();
            List<SourceRow> rest = new ArrayList<>();
            source.scan("public.t", marks.getLast(), rest::add, mark -> {});
            rest.forEach(row -> seen.put(row.key(), row.row()));

            List<SourceRow> all = new ArrayList<>();
            source.scan("public.t", all::add);
            assertThat(rest).hasSizeLessThan(all.size());
            assertThat(all).allSatisfy(row -> assertThat(seen).containsEntry(row.key(), row.row()));

            bench.sql("VACUUM FULL t");
            assertThat(source.continuesFrom("public.t", marks.getLast())).isFalse();
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
