package io.vectorferry.sink.connect.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.connect.tests.ChangeTopic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A database as LanceDB's Python client reads it, and the settings of a connector that writes to it. */
record LanceTables(Path uri) {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final PythonEnvironment PYTHON = PythonEnvironment.lancedb();
    private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";
    private static final String ROWS = """
            import lancedb, os, sys
            if os.path.exists(os.path.join(sys.argv[1], sys.argv[2] + ".lance")):
                table = lancedb.connect(sys.argv[1]).open_table(sys.argv[2])
                for r in sorted(table.to_arrow().to_pylist(), key=lambda r: r["id"]):
                    v = r["embedding"]
                    print(r["id"], r["title"], "NULL" if v is None else ",".join(f"{x:g}" for x in v), sep="|")
            """;

    /** Whole rows as JSON, a timestamp as its number, a vector as it is kept. */
    private static final String COLUMNS = """
            import json, lancedb, os, pyarrow, sys
            if os.path.exists(os.path.join(sys.argv[1], sys.argv[2] + ".lance")):
                table = lancedb.connect(sys.argv[1]).open_table(sys.argv[2]).to_arrow()
                for i, field in enumerate(table.schema):
                    if pyarrow.types.is_timestamp(field.type):
                        table = table.set_column(i, field.name, table[field.name].cast(pyarrow.int64()))
                for r in sorted(table.to_pylist(), key=lambda r: r["id"]):
                    print(json.dumps(r, sort_keys=True, separators=(",", ":")))
            """;

    /** With a dead-letter queue and plain JSON. */
    Map<String, String> settings(ChangeTopic topic) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "connector.class", LanceDbSinkConnector.class.getName(),
                "topics", topic.name(),
                "lancedb.uri", uri.toString(),
                "vector.field", "embedding",
                "key.converter.schemas.enable", "false",
                "value.converter.schemas.enable", "false",
                "errors.tolerance", "all",
                "errors.deadletterqueue.topic.name", topic.name() + ".dlq",
                "errors.deadletterqueue.topic.replication.factor", "1",
                "errors.deadletterqueue.context.headers.enable", "true"));
        settings.put("key.converter", JSON);
        settings.put("value.converter", JSON);
        return settings;
    }

    List<String> rows(String table) {
        return PYTHON.run(ROWS, uri.toString(), table).lines().toList();
    }

    void awaitColumns(String table, String... rows) {
        await().atMost(WAIT).untilAsserted(() -> assertThat(
                        PYTHON.run(COLUMNS, uri.toString(), table).lines())
                .containsExactly(rows));
    }

    void awaitRows(String table, String... rows) {
        await().atMost(WAIT).untilAsserted(() -> assertThat(rows(table)).containsExactly(rows));
    }
}
