package io.vectorferry.app.benchmark;

import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An unpacked Debezium Server (the archive {@code debezium-server-dist}) whose Milvus sink copies a table: id, title and
 * vector, since a collection of it has exactly the columns of the table.
 */
record DebeziumServer(Path directory) {
    private static final String SLOT = "debezium_server";
    /** The rate is counted from the first rows on, so that the start of the server costs it nothing. */
    private static final String COUNT = """
            import sys, time
            from pymilvus import MilvusClient, DataType
            uri, name, dim, rows = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
            client = MilvusClient(uri)
            if rows == 0:
                schema = client.create_schema(enable_dynamic_field=False)
                schema.add_field("id", DataType.INT64, is_primary=True)
                schema.add_field("title", DataType.VARCHAR, max_length=65535)
                schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dim)
                index = client.prepare_index_params()
                index.add_index("embedding", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 256})
                client.create_collection(name, schema=schema, index_params=index)
                sys.exit()
            first, deadline = None, time.time() + 600
            while time.time() < deadline:
                count = client.query(name, output_fields=["count(*)"], consistency_level="Strong")[0]["count(*)"]
                now = time.time()
                if count and first is None:
                    first = (now, count)
                if count >= rows:
                    print((count - first[1]) / (now - first[0]))
                    sys.exit()
                time.sleep(0.5)
            sys.exit("only %d rows came" % count)
            """;

    /** Rows a second, until {@code rows} are there. */
    double rate(PostgresServer postgres, MilvusServer milvus, String prefix, int dimension, int rows)
            throws IOException, InterruptedException {
        PythonEnvironment python = PythonEnvironment.with(
                "benchmark-milvus-1", List.of("pymilvus==2.6.3", "psycopg[binary]==3.2.13", "pgvector", "numpy"));
        String collection = prefix + "_public_articles";
        python.run(COUNT, milvus.uri(), collection, Integer.toString(dimension), "0");
        try (Scratch scratch = Scratch.create()) {
            Process server = start(scratch.directory(), settings(scratch.directory(), postgres, milvus, prefix));
            try {
                String printed = python.run(
                        COUNT, milvus.uri(), collection, Integer.toString(dimension), Integer.toString(rows));
                return Double.parseDouble(printed.strip().lines().toList().getLast());
            } finally {
                server.destroyForcibly();
                server.waitFor(1, TimeUnit.MINUTES);
            }
        }
    }

    private Process start(Path scratch, String settings) throws IOException {
        Path file = Files.writeString(scratch.resolve("application.properties"), settings);
        Path runner;
        try (var files = Files.list(directory)) {
            runner = files.filter(path -> path.toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no Debezium Server in " + directory));
        }
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dquarkus.config.locations=" + file.toUri(),
                "-cp",
                runner + ":" + directory.resolve("config/lib") + ":" + directory.resolve("lib/*"),
                "io.debezium.server.Main");
        return builder.directory(scratch.toFile())
                .redirectErrorStream(true)
                .redirectOutput(scratch.resolve("server.log").toFile())
                .start();
    }

    private static String settings(Path scratch, PostgresServer postgres, MilvusServer milvus, String prefix) {
        return """
                debezium.sink.type=milvus
                debezium.sink.milvus.uri=%s
                debezium.source.connector.class=io.debezium.connector.postgresql.PostgresConnector
                debezium.source.plugin.name=pgoutput
                debezium.source.slot.name=%s
                debezium.source.slot.drop.on.stop=true
                debezium.source.offset.storage.file.filename=%s
                debezium.source.offset.flush.interval.ms=0
                debezium.source.database.hostname=127.0.0.1
                debezium.source.database.port=%d
                debezium.source.database.user=%s
                debezium.source.database.password=none
                debezium.source.database.dbname=postgres
                debezium.source.topic.prefix=%s
                debezium.source.table.include.list=public.articles
                debezium.source.column.include.list=public.articles.id,public.articles.title,public.articles.embedding
                debezium.transforms=unwrap
                debezium.transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState
                quarkus.http.port=0
                """.formatted(
                        milvus.uri(),
                        SLOT + '_' + prefix,
                        scratch.resolve("offsets.dat"),
                        postgres.port(),
                        postgres.user(),
                        prefix);
    }
}
