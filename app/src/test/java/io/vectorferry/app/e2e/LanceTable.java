package io.vectorferry.app.e2e;

import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A LanceDB table read by LanceDB's own Python client: a digest a row, over every value and every bit of the vector. */
public final class LanceTable {
    /** Prints {@code id digest} a row; the text form of each value is the one that {@link SourceTable} makes from SQL. */
    private static final String READER = """
            import sys, hashlib, lancedb, datetime, decimal
            uri, name, out = sys.argv[1:4]
            columns = sys.argv[4].split(",")
            table = lancedb.connect(uri).open_table(name)
            def text(value):
                if value is None: return "\\\\N"
                if isinstance(value, bool): return "true" if value else "false"
                if isinstance(value, datetime.datetime):
                    return str((value.replace(tzinfo=value.tzinfo or datetime.timezone.utc)
                        - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1))
                return str(value)
            with open(out, "w") as digests:
                for batch in table.to_lance().to_batches(batch_size=4096):
                    plain = {c: batch.column(c).to_pylist() for c in columns if c != "embedding"}
                    vectors = batch.column("embedding")
                    size = vectors.type.list_size * vectors.type.value_type.bit_width // 8
                    start = vectors.offset * size + vectors.values.offset * vectors.type.value_type.bit_width // 8
                    buffer = memoryview(vectors.values.buffers()[1])
                    for i in range(batch.num_rows):
                        row = hashlib.sha256()
                        for c in columns:
                            if c == "embedding":
                                row.update(b"\\\\N" if not vectors[i].is_valid else buffer[start + i * size : start + (i + 1) * size])
                            else:
                                row.update(text(plain[c][i]).encode())
                            row.update(b"\\x1f")
                        digests.write(f"{plain['id'][i]} {row.hexdigest()}\\n")
            print(table.count_rows())
            """;

    private final Path database;
    private final String name;

    public LanceTable(Path database, String name) {
        this.database = database;
        this.name = name;
    }

    /** Digest by id. Fails when an id stands twice. */
    public Map<String, String> digests(String... columns) {
        try {
            Path out = Files.createTempFile("digests", ".txt");
            PythonEnvironment.lancedb()
                    .run(READER, database.toString(), name, out.toString(), String.join(",", columns));
            Map<String, String> digests = new TreeMap<>();
            for (String line : Files.readAllLines(out)) {
                int space = line.lastIndexOf(' ');
                String id = line.substring(0, space);
                if (digests.put(id, line.substring(space + 1)) != null) {
                    throw new AssertionError("id %s stands twice in %s".formatted(id, name));
                }
            }
            Files.delete(out);
            return digests;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
