package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.ChromaServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
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

            source.makeAnew(ROWS * 3 / 4);
            pipeline.catchUp();
            assertEqual(pipeline, source);
            assertThat(source.digests()).hasSize(ROWS * 3 / 4);
            assertThat(pipeline.verify("--no-pipeline").at("/count/source").asInt())
                    .isEqualTo(ROWS * 3 / 4);

            comeUpEmpty(server, pipeline, source);
        }
    }

    /** Chroma is started on an empty volume while ferry runs, and then with its data again. */
    private void comeUpEmpty(ChromaServer server, Pipeline pipeline, ChromaArticles source) throws IOException {
        Path away = directory.resolve("away");
        Map<String, String> expected = source.digests();
        try (FerryProcess ferry = pipeline.start("run")) {
            pipeline.awaitStreaming(20);
            server.stop();
            Files.move(server.directory(), away);
            Files.createDirectory(server.directory());
            server.startAgain();
            awaitStatus(pipeline, "failed", errors -> assertThat(errors)
                    .contains("is missing %,d of %,d records".formatted(expected.size(), expected.size()))
                    .contains("The targets keep their rows", "--new-generation"));
            assertThat(pipeline.target().digests(ChromaArticles.COLUMNS)).isEqualTo(expected);

            server.stop();
            Files.move(server.directory(), directory.resolve("empty"));
            Files.move(away, server.directory());
            server.startAgain();
            awaitStatus(pipeline, "streaming", errors -> assertThat(errors).isEqualTo("[]"));
            pipeline.awaitWritten();
            ferry.kill();
        }
        assertEqual(pipeline, source);
    }

    private static void awaitStatus(Pipeline pipeline, String state, Consumer<String> errors) {
        Awaitility.await(state).atMost(Duration.ofMinutes(2)).untilAsserted(() -> assertThat(pipeline.status())
                .hasValueSatisfying(status -> {
                    errors.accept(status.get("errors").toString());
                    assertThat(status.get("state").asText()).isEqualTo(state);
                }));
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
        Awaitility.await("the snapshot began").atMost(Duration.ofMinutes(2)).until(() -> pipeline.status()
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
