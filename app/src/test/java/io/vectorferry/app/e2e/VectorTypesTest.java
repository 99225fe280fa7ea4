package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of vector that pgvector has, from the snapshot and from the log, as LanceDB's own Python client reads it. */
class VectorTypesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** {@code {table: {id: vector}}}; floats of 16 bit are exact as JSON numbers. */
    private static final String READER = """
            import sys, json, lancedb
            db = lancedb.connect(sys.argv[1])
            def plain(v):
                return [float(x) for x in v] if isinstance(v, list) else v
            print(json.dumps({name: {row["id"]: plain(row["embedding"]) for row in db.open_table(name).to_arrow().to_pylist()}
                for name in sys.argv[2:]}))
            """;

    @TempDir
    Path directory;

    @Test
    void halfSparseBinaryAndArrayVectorsArriveExactly() throws JsonProcessingException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 3);
            source.execute(
                    "CREATE EXTENSION vector",
                    "CREATE TABLE halves (id int PRIMARY KEY, embedding halfvec(3))",
                    "CREATE TABLE wides (id int PRIMARY KEY, embedding sparsevec(1000000))",
                    "CREATE TABLE bits (id int PRIMARY KEY, embedding bit(12))",
                    "CREATE TABLE arrays (id int PRIMARY KEY, embedding real[])");
            insert(source, 1);
            Pipeline pipeline = pipeline(server);
            catchUp(pipeline);
            insert(source, 11);
            catchUp(pipeline);

            JsonNode read = read(pipeline);
            for (int first : new int[] {1, 11}) {
                assertRow(read, "halves", first, "[0.5,-2.0,65504.0]");
                assertRow(read, "halves", first + 1, "null");
                assertRow(read, "wides", first, "{\"indices\":[0,32767,999999],\"values\":[1.5,-2.0,0.25]}");
                assertRow(read, "bits", first, "[165.0,240.0]");
                assertRow(read, "arrays", first, "[1.5,2.5]");
            }
            assertThat(read.get("arrays")).as("rows with NaN and infinity").hasSize(2);
            assertThat(pipeline.run(PATIENCE, "dead-letters", "list", "--json")
                            .json()
                            .at("/deadLetters")
                            .findValuesAsText("error"))
                    .hasSize(4)
                    .containsOnly("data_corruption");

            JsonNode verified = pipeline.verify("--no-pipeline", "--set", "targets.0.lancedb.table=${collection}");
            assertThat(verified.at("/count/target").asInt()).isEqualTo(10);
            assertThat(verified.at("/diff/explained").toString()).isEqualTo("{\"data_corruption\":4}");
        }
    }

    /** The same rows in the snapshot and in the log, from {@code first} on. */
    private static void insert(SourceTable source, int first) {
        source.execute(
                "INSERT INTO halves VALUES (%d, '[0.5,-2,65504]'), (%d, NULL)".formatted(first, first + 1),
                "INSERT INTO wides VALUES (%d, '{1:1.5,32768:-2,1000000:0.25}/1000000')".formatted(first),
                "INSERT INTO bits VALUES (%d, B'101001011111')".formatted(first),
                "INSERT INTO arrays VALUES (%d, '{1.5,2.5}'), (%d, '{NaN,1}'), (%d, '{1,Infinity}')"
                        .formatted(first, first + 1, first + 2));
    }

    private Pipeline pipeline(PostgresServer server) {
        return new Pipeline(directory, """
                postgres:
                    url: %s
                    user: %s
                    tables:
                      - {name: public.halves, vector: embedding}
                      - {name: public.wides, vector: embedding}
                      - {name: public.bits, vector: embedding}
                      - {name: public.arrays, vector: embedding, dimension: 2}""".formatted(server.url("postgres"), server.user()));
    }

    private static void catchUp(Pipeline pipeline) {
        Ended ended =
                pipeline.run(PATIENCE, "run", "--until", "caught-up", "--set", "targets.0.lancedb.table=${collection}");
        assertThat(ended.exitCode()).as(ended.output()).isZero();
    }

    private static JsonNode read(Pipeline pipeline) throws JsonProcessingException {
        String tables = pipeline.directory.resolve("lance").toString();
        return new ObjectMapper()
                .readTree(PythonEnvironment.lancedb().run(READER, tables, "halves", "wides", "bits", "arrays"));
    }

    private static void assertRow(JsonNode read, String table, int id, String vector) {
        assertThat(read.get(table).get(Integer.toString(id)))
                .as("%s %d", table, id)
                .hasToString(vector);
    }
}
