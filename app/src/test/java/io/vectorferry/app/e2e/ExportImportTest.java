package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.ChromaServer;
import io.vectorferry.deploy.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup of a source and of a target, restored into an empty target that LanceDB's own client reads. */
class ExportImportTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int ROWS = 300;

    @TempDir
    Path directory;

    @Test
    void aChromaCollectionComesBackExactlyAndSoDoesTheTargetItWasRestoredTo() {
        try (ChromaServer server = ChromaServer.forTest()) {
            ChromaArticles source = new ChromaArticles(server);
            source.fill(0, ROWS);
            Pipeline pipeline = new Pipeline(directory, """
                    chroma:
                        url: %s
                        collections: [articles]""".formatted(server.url()));

            succeed(pipeline, "export", "--output", "source.jsonl.zst");
            succeed(pipeline, "import", "--input", "source.jsonl.zst");
            assertThat(pipeline.target().digests(ChromaArticles.COLUMNS)).isEqualTo(source.digests());

            succeed(pipeline, "export", "--from", "lake", "--output", "lake.jsonl.gz");
            io.vectorferry.deploy.Directories.delete(directory.resolve("lance"));
            succeed(pipeline, "import", "--input", "lake.jsonl.gz", "--into", "lake");
            succeed(pipeline, "import", "--input", "lake.jsonl.gz", "--into", "lake");
            assertThat(pipeline.target().digests(ChromaArticles.COLUMNS)).isEqualTo(source.digests());
        }
    }

    @Test
    void aPostgresTableComesBackExactlyAndADamagedFileWritesNothing() throws IOException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 8);
            source.create();
            source.fill(1, ROWS, 42);
            Pipeline pipeline = new Pipeline(directory, server);
            succeed(pipeline, "export", "--output", "articles.jsonl");
            Path file = directory.resolve("articles.jsonl");
            String whole = Files.readString(file);

            Files.writeString(file, whole.substring(0, whole.length() / 2));
            FerryProcess.Ended refused = pipeline.run(TIMEOUT, "import", "--input", "articles.jsonl");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output()).contains("is damaged");
            assertThat(directory.resolve("lance")).doesNotExist();

            Files.writeString(file, whole);
            succeed(pipeline, "import", "--input", "articles.jsonl");
            pipeline.assertTargetEqualsSource(source);
        }
    }

    private static void succeed(Pipeline pipeline, String... arguments) {
        FerryProcess.Ended ended = pipeline.run(TIMEOUT, arguments);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("300 rows");
    }
}
