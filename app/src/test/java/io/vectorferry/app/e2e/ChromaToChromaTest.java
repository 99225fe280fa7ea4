package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one server into another database of another server, while Chroma's own client writes to the first and each of the three processes is killed. */
class ChromaToChromaTest {
    private static final int ROWS = 1_500;
    private static final int DIMENSION = 32;
    private static final Duration WAIT = Duration.ofMinutes(4);

    @TempDir
    Path directory;

    @Test
    void theOtherServerHoldsExactlyTheCollectionAfterWritesAndKills() throws Exception {
        try (ChromaServer from = ChromaServer.forTest();
                ChromaServer to = ChromaServer.forTest()) {
            PythonEnvironment.chroma()
                    .run(
                            "import sys, chromadb\nchromadb.AdminClient(chromadb.Settings(chroma_api_impl='chromadb.api.fastapi.FastAPI', chroma_server_host='localhost', chroma_server_http_port=int(sys.argv[1]))).create_database('archive')",
                            Integer.toString(to.port()));
            ChromaArticles source = new ChromaArticles(from);
            ChromaArticles target = new ChromaArticles(to, "archive", DIMENSION);
            source.fill(0, ROWS);
            Pipeline pipeline = new Pipeline(directory, """
                chroma:
                    url: %s
                    collections: [articles]
                    rescan: 200ms
                    blockRows: 200\
                """.formatted(from.url()));
            pipeline.setTarget("{name: archive, chroma: {url: \"%s\", database: archive}}".formatted(to.url()));
            pipeline.write("");

            Path flag = Files.createFile(directory.resolve("writing"));
            Process writer = source.writeWhile(flag, ROWS);
            try (FerryProcess ferry = pipeline.start("run")) {
                Awaitility.await("some rows").atMost(WAIT).until(() -> pipeline.status()
                        .filter(status -> status.at("/targets/0/upserts").asLong() > 0)
                        .isPresent());
                to.kill();
                to.startAgain();
                pipeline.awaitStreaming(20);
                ferry.kill();
            }
            Files.delete(flag);
            assertThat(writer.waitFor()).isZero();
            from.kill();
            from.startAgain();
            assertEqual(pipeline, source, target);
        }
    }

    @Test
    void aPipelineThatWouldFollowItsOwnWritesIsRefused() {
        for (String collections : List.of("", ", collections: [articles]")) {
            Pipeline pipeline =
                    new Pipeline(directory, "chroma: {url: \"http://localhost:8000\"%s}".formatted(collections));
            pipeline.setTarget("{name: same, chroma: {url: \"http://127.0.0.1:8000/\"}}");
            pipeline.write("");
            FerryProcess.Ended ended = pipeline.run(WAIT, "doctor");
            assertThat(ended.exitCode()).as(ended.output()).isNotZero();
            assertThat(ended.output()).contains("target same writes to", "database for the target");
        }
    }

    private static void assertEqual(Pipeline pipeline, ChromaArticles source, ChromaArticles target) {
        pipeline.catchUp();
        Map<String, String> expected = source.digests();
        Map<String, String> actual = target.digests();
        assertThat(actual.keySet()).as("ids in the target").isEqualTo(expected.keySet());
        assertThat(actual).as("digest of every row").isEqualTo(expected);
        pipeline.verify("--no-pipeline");
    }
}
