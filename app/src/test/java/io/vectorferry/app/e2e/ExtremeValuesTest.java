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

/** A table of versions that are valid until infinity, in a database with settings of its own, whose columns are widened. */
class ExtremeValuesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final String READER = """
            import sys, json, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            print(json.dumps({row["doc_id"]: [row["title"], str(row["price"]), row["views"], row["raw"].decode()]
                for row in table.to_arrow().select(["doc_id", "title", "price", "views", "raw"]).to_pylist()}))
            """;

    @TempDir
    Path directory;

    @Test
    void infiniteKeysForeignSettingsAndWidenedColumnsArriveVerifyAndAreRepaired() throws JsonProcessingException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 3);
            source.execute(
                    "CREATE EXTENSION vector",
                    "ALTER DATABASE postgres SET bytea_output = escape",
                    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
                    "CREATE DOMAIN feeling AS mood",
                    "CREATE TABLE docs (doc_id int, valid_to timestamptz DEFAULT 'infinity', day date DEFAULT '0044-03-15 BC',"
                            + " title text, price numeric(10,2) DEFAULT 5, views int DEFAULT 1, raw bytea DEFAULT 'xxbeef',"
                            + " embedding vector(768), PRIMARY KEY (doc_id, valid_to, day))",
                    "INSERT INTO docs (doc_id, title, embedding)"
                            + " SELECT i, 't', array_fill(0.5::real, ARRAY[768])::vector FROM generate_series(1, 3) i");
            Pipeline pipeline = new Pipeline(directory, """
                    postgres:
                        url: %s
                        user: %s
                        tables:
                          - name: public.docs
                            vector: embedding
                            fields: [title, price, views, raw]""".formatted(server.url("postgres"), server.user()));
            pipeline.write(Pipeline.EAGER);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                source.execute(
                        "UPDATE docs SET title = 'u' WHERE doc_id = 1",
                        "INSERT INTO docs (doc_id, title, embedding) SELECT 4, 'n', embedding FROM docs WHERE doc_id = 2",
                        "ALTER TABLE docs ALTER price TYPE numeric(14,2)",
                        "INSERT INTO docs SELECT 5, 'infinity', '10000-01-01', 'w', 123456789012.34, 1, 'xxbeef', embedding"
                                + " FROM docs WHERE doc_id = 2",
                        "ALTER TABLE docs ALTER views TYPE bigint",
                        "UPDATE docs SET views = 4294967296 WHERE doc_id = 3");
                pipeline.awaitReadAgain(2); // the type of views
                Ended clean = pipeline.run(PATIENCE, "verify", "--json");
                assertThat(clean.exitCode()).as(clean.output()).isZero();
                pipeline.awaitCleanSweep();
                JsonNode rows = read(pipeline);
                assertThat(rows.get("1").toString()).isEqualTo("[\"u\",\"5.00\",1,\"xxbeef\"]");
                assertThat(rows.get("3").toString()).isEqualTo("[\"t\",\"5.00\",4294967296,\"xxbeef\"]");
                assertThat(rows.get("4").toString()).isEqualTo("[\"n\",\"5.00\",1,\"xxbeef\"]");
                assertThat(rows.get("5").toString()).isEqualTo("[\"w\",\"123456789012.34\",1,\"xxbeef\"]");

                PythonEnvironment.lancedb()
                        .run(
                                "import sys, lancedb\n"
                                        + "lancedb.connect(sys.argv[1]).open_table('articles').delete('doc_id IN (2, 5)')",
                                pipeline.directory.resolve("lance").toString());
                Ended found = pipeline.run(PATIENCE, "verify", "--json");
                assertThat(found.exitCode()).as(found.output()).isEqualTo(2);
                Ended repaired = pipeline.run(PATIENCE, "verify", "--repair", "--json");
                assertThat(repaired.exitCode()).as(repaired.output()).isZero();
                assertThat(repaired.json().at("/repair/mended").asInt()).isEqualTo(2);
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            }
            pipeline.catchUp();
            assertThat(read(pipeline)).hasSize(5);
            assertThat(pipeline.run(PATIENCE, "dead-letters", "list", "--json")
                            .json()
                            .at("/deadLetters"))
                    .isEmpty();
        }
    }

    private static JsonNode read(Pipeline pipeline) throws JsonProcessingException {
        return new ObjectMapper()
                .readTree(PythonEnvironment.lancedb()
                        .run(READER, pipeline.directory.resolve("lance").toString()));
    }
}
