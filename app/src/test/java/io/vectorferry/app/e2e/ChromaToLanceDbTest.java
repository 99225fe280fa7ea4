package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.ChromaServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chroma's own client writes, LanceDB's own client reads, ferry is killed in between. */
class ChromaToLanceDbTest {
    private static final int ROWS = Integer.getInteger("ferry.test.chroma.rows", 2_000);

    @TempDir
    Path directory;

    @Test
    void theTargetHoldsExactlyTheCollectionAfterWritesKillsAndACollectionMadeAnew() throws Exception {
        try (ChromaServer server = ChromaServer.forTest()) {
            ChromaArticles source = new ChromaArticles(server);
            source.fill(0, ROWS);
            Pipeline pipeline = new Pipeline(directory, """
                    chroma:
                        url: %s
                        collections: [articles]
                        rescan: 200ms
                        blockRows: 200""".formatted(server.url()));
            pipeline.write(Pipeline.EAGER);

            whileWritten(source, () -> {
                try (FerryProcess ferry = pipeline.start("run")) {
                    awaitSomeRows(pipeline);
                    ferry.kill();
                }
                try (FerryProcess ferry = pipeline.start("run")) {
                    pipeline.awaitStreaming(20);
                    pipeline.verify();
                    pipeline.awaitCleanSweep();
                    ferry.kill();
                }
            });
            pipeline.catchUp();
            assertEqual(pipeline, source);

            source.makeAnew(ROWS / 4);
            pipeline.catchUp();
            assertEqual(pipeline, source);
            assertThat(source.digests()).hasSize(ROWS / 4);
            assertThat(pipeline.verify("--no-pipeline").at("/count/source").asInt())
                    .isEqualTo(ROWS / 4);
        }
    }

    private void whileWritten(ChromaArticles source, Runnable work) throws IOException, InterruptedException {
        Path flag = Files.createFile(directory.resolve("writing"));
        Process writer = source.writeWhile(flag, ROWS);
        work.run();
        Files.delete(flag);
        String said = new String(writer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(writer.waitFor()).as(said).isZero();
        assertThat(Integer.parseInt(said.strip()))
                .as("operations written meanwhile")
                .isGreaterThan(50);
    }

    private static void awaitSomeRows(Pipeline pipeline) {
        org.awaitility.Awaitility.await("the snapshot began")
                .atMost(java.time.Duration.ofMinutes(2))
                .until(() -> pipeline.status()
                        .filter(status -> status.at("/snapshot/rowsDone").asLong() > 0)
                        .isPresent());
    }

    private static void assertEqual(Pipeline pipeline, ChromaArticles source) {
        Map<String, String> expected = source.digests();
        Map<String, String> actual = pipeline.target().digests(ChromaArticles.COLUMNS);
        assertThat(actual.keySet()).as("ids in the target").isEqualTo(expected.keySet());
        assertThat(actual).as("digest of every row").isEqualTo(expected);
    }
}
