package io.vectorferry.app.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The LanceDB tables of a soak, read by LanceDB's own Python client. */
final class SoakTarget {
    /** The text form of a value that both sides have. */
    static final String TEXT = """
            import hashlib, struct, decimal
            def text(value):
                if isinstance(value, bool): return "true" if value else "false"
                if isinstance(value, decimal.Decimal): return format(value, "f")
                if isinstance(value, list):
                    packed = struct.pack("<%df" % len(value), *value)
                    return packed[0:4].hex() + " " + packed[4:8].hex() + " " + hashlib.sha1(packed).hexdigest()[:16]
                return str(value)
            """;

    /** Prints a JSON array {@code [table, id, {column: value}]} a row; NULL is left out. Without names, of all tables. */
    private static final String READER = """
            import sys, json, lancedb
            uri, out = sys.argv[1:3]
            database = lancedb.connect(uri)
            there = database.table_names(limit=10000)
            with open(out, "w") as lines:
                for name in sys.argv[3:] or there:
                    if name not in there: continue
                    for row in database.open_table(name).to_arrow().to_pylist():
                        values = {c: text(v) for c, v in row.items() if v is not None and c != "id"}
                        lines.write(json.dumps([name, str(row["id"]), values]) + "\\n")
            """;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path database;

    SoakTarget(Path database) {
        this.database = database;
    }

    /** By table and id. Of an id that stands twice, the second is under the id with {@code (again)} behind it. */
    Map<String, Map<String, Map<String, String>>> rows(List<String> tables) {
        try {
            Path out = Files.createTempFile("rows", ".jsonl");
            List<String> arguments = new ArrayList<>(List.of(database.toString(), out.toString()));
            arguments.addAll(tables);
            PythonEnvironment.lancedb().run(TEXT + READER, arguments.toArray(String[]::new));
            Map<String, Map<String, Map<String, String>>> rows = parse(Files.readAllLines(out));
            Files.delete(out);
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Map<String, Map<String, String>>> parse(List<String> lines) throws IOException {
        Map<String, Map<String, Map<String, String>>> rows = new TreeMap<>();
        for (String line : lines) {
            JsonNode row = JSON.readTree(line);
            Map<String, String> values = new TreeMap<>();
            for (Map.Entry<String, JsonNode> value : row.get(2).properties()) {
                values.put(value.getKey(), value.getValue().asText());
            }
            Map<String, Map<String, String>> table =
                    rows.computeIfAbsent(row.get(0).asText(), name -> new TreeMap<>());
            String id = row.get(1).asText();
            while (table.containsKey(id)) {
                id = id + " (again)";
            }
            table.put(id, values);
        }
        return rows;
    }

    /**
     * A row that is not the same on both sides.
     *
     * @param source empty when the source has no such row
     */
    record Difference(String table, String id, Map<String, String> source, Map<String, String> target) {
        /** Lost, extra, doubled or stale. */
        String kind() {
            if (id.endsWith("(again)")) {
                return "doubled";
            }
            if (source.isEmpty()) {
                return "extra";
            }
            return target.isEmpty() ? "lost" : "stale";
        }

        @Override
        public String toString() {
            Set<String> columns = new LinkedHashSet<>(source.keySet());
            columns.addAll(target.keySet());
            columns.removeIf(
                    column -> source.containsKey(column) && source.get(column).equals(target.get(column)));
            return "%s %s is %s, in %s%n    source %s%n    target %s"
                    .formatted(table, id, kind(), columns, source, target);
        }
    }

    static List<Difference> differences(
            String table, Map<String, Map<String, String>> source, Map<String, Map<String, String>> target) {
        Set<String> ids = new LinkedHashSet<>(source.keySet());
        ids.addAll(target.keySet());
        List<Difference> differences = new ArrayList<>();
        for (String id : ids) {
            Map<String, String> before = source.getOrDefault(id, Map.of());
            Map<String, String> after = target.getOrDefault(id, Map.of());
            if (!before.equals(after)) {
                differences.add(new Difference(table, id, before, after));
            }
        }
        return differences;
    }
}
