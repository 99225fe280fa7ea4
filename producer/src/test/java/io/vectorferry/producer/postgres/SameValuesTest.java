package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a type can hold comes out of the snapshot as it comes out of the log. */
@Timeout(120)
class SameValuesTest {
    /** Type, and values that its ends, its specials and its quoting are made of. */
    private static final List<List<String>> TYPES = List.of(
            List.of("int8", "-9223372036854775808", "9223372036854775807"),
            List.of("float4", "NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"),
            List.of("float8", "NaN", "Infinity", "-Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"),
            List.of("numeric", "NaN", "Infinity", "-Infinity", "-0.0001", "1e30", "123456789012345678901234567890.123"),
            List.of("numeric(20,0)", "99999999999999999999"),
            List.of("numeric(3,-2)", "12300"),
            List.of("numeric(2,4)", "0.0012"),
            List.of("date", "infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "5874897-12-31"),
            List.of("timestamp", "infinity", "-infinity", "4713-01-01 00:00:01 BC", "294276-12-31 23:59:59.999999"),
            List.of(
                    "timestamptz",
                    "infinity",
                    "-infinity",
                    "4713-01-02 00:00:01+00 BC",
                    "0044-03-15 12:00:00+00 BC",
                    "294276-12-31 23:59:59.999999+00"),
            List.of("timestamp(3)", "infinity", "0044-03-15 12:00:00.5 BC", "2026-01-01 00:00:00.123"),
            List.of("timestamp(0)", "infinity", "2026-01-01 00:00:01"),
            List.of("timestamptz(3)", "-infinity", "2026-01-01 00:00:00.123+00"),
            List.of("time", "24:00:00", "00:00:00", "23:59:59.999999"),
            List.of("time(3)", "24:00:00", "01:02:03.004"),
            List.of("timetz", "24:00:00+00", "01:02:03.000004-11:30"),
            List.of(
                    "interval",
                    "1 year 2 mons 3 days 04:05:06.000007",
                    "-1 day",
                    "0",
                    "178000000 years",
                    "1 day -1 sec",
                    "infinity"),
            List.of("money", "-12345.67"),
            List.of("int4range", "empty", "[1,10)", "(,)"),
            List.of("numrange", "[0.10,\"2\"]"),
            List.of("tstzrange", "[\"2026-01-01 00:00:00+00\",infinity)"),
            List.of("int4multirange", "{[1,3),[5,8)}"),
            List.of("mood", "it''s \"odd\", {ok}"),
            List.of("percent", "7"),
            List.of("label", "x{,\"}\\"),
            List.of("moment", "2026-01-01 00:00:00+00", "infinity"),
            List.of("amounts", "{1.50,NULL}"),
            List.of("bytea", "\\x", "\\x00ff5c"),
            List.of("char(5)", "a"),
            List.of("\"char\"", "z"),
            List.of("name", "n"),
            List.of("text", "", " \t\n", "NULL", "\\N", "\\x41"),
            List.of("json", "{\"a\":  1e400, \"a\": 2}", "null", "\"\\u00e9\""),
            List.of("jsonb", "{\"b\": 1, \"a\": 1.10}", "null", "[]"),
            List.of("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"),
            List.of("inet", "10.0.0.1", "::1/128", "10.0.0.0/8"),
            List.of("cidr", "10.0.0.0/8"),
            List.of("macaddr", "08:00:2b:01:02:03"),
            List.of("bit(5)", "10101"),
            List.of("varbit", "", "101"),
            List.of("point", "(1.5,-2)"),
            List.of("tsvector", "''a'':1 ''it''''s'':2"),
            List.of("oid", "4294967295"),
            List.of("citext", "AbC"),
            List.of("hstore", "\"a\"=>\"1\", \"b\"=>NULL"),
            List.of("pair", "(1,\"a b\")"),
            List.of("halfvec(2)", "[65504,6e-8]"),
            List.of("int4[]", "{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={5,6}"),
            List.of("text[]", "{\"a,b\",\"\\\"q\\\"\",\"\\\\\",NULL,\"NULL\",\"\",\" x \",\"{}\"}"),
            List.of("bool[]", "{t,f,NULL}"),
            List.of("float4[]", "{NaN,-Infinity,-0,1e-45}"),
            List.of("float8[]", "{NaN,Infinity,5e-324}"),
            List.of("numeric[]", "{NaN,Infinity,-0.10}"),
            List.of("bytea[]", "{\"\\\\x00ff\",\"\\\\x\"}"),
            List.of("uuid[]", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"),
            List.of("date[]", "{infinity,-infinity,0044-03-15 BC,2026-01-01}"),
            List.of("time[]", "{24:00:00,01:02:03.000004}"),
            List.of("timestamp[]", "{infinity,\"0044-03-15 12:00:00 BC\",\"2026-01-01 00:00:00.000001\"}"),
            List.of("timestamptz[]", "{-infinity,\"0044-03-15 12:00:00+00 BC\",\"294276-12-31 23:59:59.999999+00\"}"),
            List.of("jsonb[]", "{\"{\\\"a\\\": 1}\",\"null\",NULL}"),
            List.of("interval[]", "{\"1 day\",\"-00:00:01\"}"),
            List.of("mood[]", "{\"it''s \\\"odd\\\", {ok}\",NULL}"),
            List.of("inet[]", "{10.0.0.1,10.0.0.0/8}"),
            List.of("citext[]", "{A,\"b c\"}"));

    @TempDir
    Path directory;

    @Test
    void theSnapshotAndTheLogGiveEqualValues() {
        int rows = TYPES.stream().mapToInt(List::size).max().orElseThrow();
        try (SourceBench bench = new SourceBench(directory)) {
            create(bench);
            insert(bench, rows, 0);
            try (SourceBench.Running running =
                    bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
                bench.awaitKeys("public.t", rows);
                insert(bench, rows, rows);
                bench.awaitKeys("public.t", 2 * rows);
                running.assertAlive();
            }
            SoftAssertions same = new SoftAssertions();
            for (int id = 1; id <= rows; id++) {
                Row copied = bench.row(SourceBench.key("public.t", id));
                Row captured = bench.row(SourceBench.key("public.t", id + rows));
                assertThat(copied.fields()).hasSize(TYPES.size());
                for (Field field : copied.fields()) {
                    same.assertThat(captured.field(field.name()).map(Field::value))
                            .as("%s of row %d", type(field), id)
                            .contains(field.value());
                }
            }
            same.assertAll();
            Row ends = bench.row(SourceBench.key("public.t", 1));
            assertThat(value(ends, "date")).isEqualTo(new Value.Whole(Long.MAX_VALUE));
            assertThat(value(ends, "timestamp")).isEqualTo(new Value.Whole(Long.MAX_VALUE));
            assertThat(value(ends, "interval")).isEqualTo(new Value.Text("1 year 2 mons 3 days 04:05:06.000007"));
            assertThat(value(ends, "int8")).isEqualTo(new Value.Whole(Long.MIN_VALUE));
        }
    }

    private static Value value(Row row, String type) {
        return row.fields().stream()
                .filter(field -> type(field).equals(type))
                .findFirst()
                .orElseThrow()
                .value();
    }

    private static String type(Field field) {
        return TYPES.get(Integer.parseInt(field.name().substring(1))).getFirst();
    }

    private static void create(SourceBench bench) {
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < TYPES.size(); i++) {
            columns.add("c%d %s".formatted(i, TYPES.get(i).getFirst()));
        }
        bench.sql(
                "CREATE EXTENSION citext",
                "CREATE EXTENSION hstore",
                "CREATE TYPE mood AS ENUM ('it''s \"odd\", {ok}')",
                "CREATE DOMAIN percent AS int CHECK (VALUE <= 100)",
                "CREATE DOMAIN label AS varchar(20)",
                "CREATE DOMAIN moment AS timestamptz",
                "CREATE DOMAIN amounts AS numeric[]",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE TABLE t (id int PRIMARY KEY, embedding vector(2), %s)".formatted(String.join(", ", columns)));
    }

    /** Row n holds the n-th value of each type, NULL where it has none. */
    private static void insert(SourceBench bench, int rows, int offset) {
        for (int row = 1; row <= rows; row++) {
            List<String> values = new ArrayList<>();
            for (List<String> type : TYPES) {
                values.add(row < type.size() ? "'%s'".formatted(type.get(row)) : "NULL");
            }
            bench.sql("INSERT INTO t VALUES (%d, '[1,2]', %s)".formatted(row + offset, String.join(", ", values)));
        }
    }
}
