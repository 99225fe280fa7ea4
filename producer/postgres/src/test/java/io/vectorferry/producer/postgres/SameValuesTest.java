package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a type can hold comes out of the snapshot as it comes out of the log. */
@Timeout(120)
class SameValuesTest {
    /** Type, and values that its ends, its specials and its quoting are made of. */
    private static final List<List<String>> TYPES = List.of(
            List.of("int8", "-9223372036854775808", "9223372036854775807"),
            List.of("float4", "NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"),
            List.of(
                    "float8",
                    "NaN",
                    "Infinity",
                    "-Infinity",
                    "-0",
                    "5e-324",
                    "1.7976931348623157e308",
                    "0.30000000000000004"),
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
            List.of("short_label", "x{,\"}\\"),
            List.of("feeling", "it''s \"odd\", {ok}"),
            List.of("moment", "2026-01-01 00:00:00+00", "infinity"),
            List.of("amounts", "{1.50,NULL}"),
            List.of("bytea", "xxbeef", "abc", "\\x", "\\x00ff5c"),
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
            List.of("pair", "(1,\"a b\")", "(,)", "(1,)"),
            List.of("deep", "(\"2026-01-01 00:00:00+00\",\"\\\\x7878\",0.30000000000000004,\"1 day\",-12345.67)"),
            List.of("regclass", "t"),
            List.of("halfvec(2)", "[65504,6e-8]"),
            List.of("int4[]", "{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={5,6}"),
            List.of("text[]", "{\"a,b\",\"\\\"q\\\"\",\"\\\\\",NULL,\"NULL\",\"\",\" x \",\"{}\"}"),
            List.of("bool[]", "{t,f,NULL}"),
            List.of("float4[]", "{NaN,-Infinity,-0,1e-45}"),
            List.of("float8[]", "{NaN,Infinity,5e-324}"),
            List.of("numeric[]", "{NaN,Infinity,-0.10}"),
            List.of("bytea[]", "{xxbeef}", "{\"\\\\x00ff\",\"\\\\x\"}"),
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

    /** All that an administrator, a URL or a host may set, and that changes how a value prints. */
    private static final List<String> SETTINGS = List.of(
            "bytea_output = escape",
            "extra_float_digits = 0",
            "DateStyle = 'SQL, DMY'",
            "IntervalStyle = iso_8601",
            "TimeZone = 'America/New_York'",
            "lc_monetary = 'C.UTF-8'",
            "xmlbinary = hex",
            "quote_all_identifiers = on",
            "standard_conforming_strings = off",
            "array_nulls = off",
            "search_path = pg_catalog");

    @Test
    void theSnapshotTheLogAndAVerificationGiveTheRightValuesWhateverDatabaseRoleUrlAndHostHaveSet() {
        int rows = TYPES.stream().mapToInt(List::size).max().orElseThrow() - 1;
        TimeZone hosts = TimeZone.getDefault();
        try (SourceBench bench = new SourceBench()) {
            create(bench);
            insert(bench, rows, 0);
            SETTINGS.forEach(setting -> bench.sql("ALTER DATABASE postgres SET " + setting));
            bench.sql("ALTER ROLE postgres SET bytea_output = escape");
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kolkata"));
            String url = bench.server.url("postgres") + "?options=-c%20bytea_output=escape%20-c%20TimeZone=Asia/Tokyo";
            Source source = bench.source(url, "{name: public.t, vector: embedding}");
            Map<SourceKey, Row> scanned = new HashMap<>();
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.awaitKeys("public.t", rows);
                insert(bench, rows, rows);
                bench.awaitKeys("public.t", 2 * rows);
                running.assertAlive();
                TimeZone.setDefault(hosts);
                source.reader().scan("public.t", row -> scanned.put(row.key(), row.row()));
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
                same.assertThat(scanned.get(SourceBench.key("public.t", id))).isEqualTo(copied);
                same.assertThat(captured.vectorColumn()).isEqualTo(copied.vectorColumn());
            }
            same.assertAll();
            Row first = bench.row(SourceBench.key("public.t", 1));
            assertThat(first.vector().orElseThrow().value()).contains(Vector.ofFloats(1, 2));
            assertThat(value(first, "date")).isEqualTo(new Value.Whole(Long.MAX_VALUE));
            assertThat(value(first, "timestamp")).isEqualTo(new Value.Whole(Long.MAX_VALUE));
            assertThat(value(first, "interval")).isEqualTo(new Value.Text("1 year 2 mons 3 days 04:05:06.000007"));
            assertThat(value(first, "int8")).isEqualTo(new Value.Whole(Long.MIN_VALUE));
            Value bytes = new Value.Bytes(ByteString.copyFromUtf8("xxbeef"));
            assertThat(value(first, "bytea")).isEqualTo(bytes);
            assertThat(value(first, "bytea[]")).isEqualTo(new Value.Items(List.of(bytes)));
            assertThat(value(bench.row(SourceBench.key("public.t", 7)), "float8"))
                    .isEqualTo(new Value.Real64(0.30000000000000004));
            assertThat(value(first, "tstzrange")).isEqualTo(new Value.Text("[\"2026-01-01 00:00:00+00\",infinity)"));
            assertThat(value(first, "money")).isEqualTo(new Value.Text("-$12,345.67"));
            assertThat(value(first, "deep"))
                    .isEqualTo(
                            new Value.Text(
                                    "(\"2026-01-01 00:00:00+00\",\"\\\\x7878\",0.30000000000000004,\"1 day\",\"-$12,345.67\")"));
            assertThat(value(first, "regclass")).isEqualTo(new Value.Text("t"));
        } finally {
            TimeZone.setDefault(hosts);
        }
    }

    @Test
    void anUpdateThatLeavesAToastedVectorOutIsCompletedWhateverTheKeyHolds() {
        List<String> keys = List.of(
                "1, 'infinity', 'infinity', 'infinity', '24:00:00', 'NaN', 'NaN', 'a''\"\\{', 'AbC', 'ok', '\\x00ff', '(1,\"a b\")'",
                "2, '-infinity', '-infinity', '-infinity', '00:00', '-Infinity', '-0', '', 'é', 'sad', '\\x', '(,)'",
                "3, '0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC', '12:00', '1.50', '0.30000000000000004', E'\\t', '', 'ok', 'x', '(1,)'",
                "4, '10000-01-01', '10000-01-01', '10000-01-01', '23:59:59.999999', '1e30', '5e-324', 'NULL', 'n', 'ok', 'y', '(2,)'");
        try (SourceBench bench = new SourceBench()) {
            bench.sql(
                    "CREATE EXTENSION citext",
                    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                    "CREATE TYPE pair AS (a int, b text)",
                    "CREATE TABLE t (id int, d date, ts timestamp, tz timestamptz, tm time, n numeric, f float8, x text, c citext,"
                            + " m mood, b bytea, p pair, title text, embedding vector(768),"
                            + " PRIMARY KEY (id, d, ts, tz, tm, n, f, x, c, m, b, p))");
            keys.forEach(key -> bench.sql(
                    "INSERT INTO t VALUES (%s, 't', array_fill(0.5::real, ARRAY[768])::vector)".formatted(key)));
            Source source = bench.source("{name: public.t, vector: embedding}");
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.awaitKeys("public.t", keys.size());
                bench.sql("UPDATE t SET title = 'u'");
                bench.changes.await("the updates", seen -> bench.changes.state().values().stream()
                        .allMatch(row ->
                                row.row().field("title").map(Field::value).equals(Optional.of(new Value.Text("u")))));
                running.assertAlive();
            }
            List<SourceRow> rows = new ArrayList<>();
            source.reader().scan("public.t", rows::add);
            assertThat(rows).hasSize(keys.size()).allSatisfy(row -> {
                assertThat(bench.row(row.key())).isEqualTo(row.row());
                assertThat(row.row().vector()).isPresent();
            });
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
                "CREATE DOMAIN short_label AS label",
                "CREATE DOMAIN feeling AS mood",
                "CREATE TYPE no_label AS ENUM ()",
                "CREATE DOMAIN embedding_of_any AS vector(2)",
                "CREATE DOMAIN embedding_of_text AS embedding_of_any",
                "CREATE DOMAIN moment AS timestamptz",
                "CREATE DOMAIN amounts AS numeric[]",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE TYPE deep AS (at timestamptz, raw bytea, f float8, i interval, m money)",
                "CREATE TABLE t (id int PRIMARY KEY, embedding embedding_of_text, %s)"
                        .formatted(String.join(", ", columns)));
    }

    /** Row n holds the n-th value of each type, NULL where it has none. */
    private static void insert(SourceBench bench, int rows, int offset) {
        for (int row = 1; row <= rows; row++) {
            List<String> values = new ArrayList<>();
            for (List<String> type : TYPES) {
                values.add(row < type.size() ? "'%s'".formatted(type.get(row)) : "NULL");
            }
            bench.sql(
                    "SET standard_conforming_strings = on",
                    "SET array_nulls = on",
                    "SET search_path = public",
                    "INSERT INTO t VALUES (%d, '[1,2]', %s)".formatted(row + offset, String.join(", ", values)));
        }
    }
}
