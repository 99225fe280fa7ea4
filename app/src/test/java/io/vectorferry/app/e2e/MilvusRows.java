package io.vectorferry.app.e2e;

import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A collection read by Milvus' own Python client: a digest a row, over every value and every bit of the vector. */
record MilvusRows(MilvusServer server, String collection) {
    /** Prints {@code id digest} a row; the text form of each value is the one that {@link SourceTable} makes from SQL. */
    private static final String READER = """
            import sys, hashlib, json, numpy
            from pymilvus import MilvusClient
            uri, name, out = sys.argv[1:4]
            columns = sys.argv[4].split(",")
            client = MilvusClient(uri)
            def text(value):
                if value is None: return "\\\\N"
                if isinstance(value, bool): return "true" if value else "false"
                if isinstance(value, (dict, list)): return json.dumps(value, ensure_ascii=False)
                return str(value)
            texts = any(f["is_primary"] for f in client.describe_collection(name)["fields"] if f.get("is_primary") and f["type"].name == "VARCHAR")
            count, last = 0, "" if texts else -1
            with open(out, "w") as digests:
                while True:
                    rows = client.query(name, filter=f"id > {json.dumps(last)}", output_fields=["*", "embedding"], limit=2000,
                                        consistency_level="Strong")
                    for r in rows:
                        row = hashlib.sha256()
                        for c in columns:
                            if c == "embedding":
                                row.update(numpy.array(r[c], dtype="<f4").tobytes())
                            else:
                                row.update(text(r.get(c)).encode())
                            row.update(b"\\x1f")
                        digests.write(f"{r['id']} {row.hexdigest()}\\n")
                        count, last = count + 1, max(last, r["id"])
                    if len(rows) < 2000: break
            total = client.query(name, filter="", output_fields=["count(*)"], consistency_level="Strong")[0]["count(*)"]
            assert total == count, f"{total} rows counted and {count} read"
            """;

    /** Digest by id. Fails when an id stands twice. */
    Map<String, String> digests(String... columns) {
        try {
            Path out = Files.createTempFile("digests", ".txt");
            PythonEnvironment.pymilvus()
                    .run(READER, server.uri(), collection, out.toString(), String.join(",", columns));
            Map<String, String> digests = new TreeMap<>();
            for (String line : Files.readAllLines(out)) {
                int space = line.lastIndexOf(' ');
                if (digests.put(line.substring(0, space), line.substring(space + 1)) != null) {
                    throw new AssertionError("an id stands twice: " + line.substring(0, space));
                }
            }
            Files.delete(out);
            return digests;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
