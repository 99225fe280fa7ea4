package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup of a source and of a target, restored into an empty target that LanceDB's own client reads. */
class ExportImportTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int ROWS = 300;
    private static final int KILLED_ROWS = 2_000;

    /** Six commits. */
    private static final int IMPORTED_ROWS = 30_000;

    /** Of an import, beside the one between two of its commits. */
    private static final int KILLS = Integer.getInteger("ferry.test.kills", 2);

    private static final long SEED = Long.getLong("ferry.test.seed", 7);

    private static final String CHECK = """
            import sys, gzip, json, hashlib
            lines = gzip.open(sys.argv[1]).read().splitlines(keepends=True)
            rows = [row for row in map(json.loads, lines) if "collection" in row]
            last = json.loads(lines[-1])
            summed = last["rows"] == len(rows) and last["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
            print(f"{len(rows)} rows, {len({row['id'] for row in rows})} ids, as summed: {summed}")
            """;

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
            assertThat(pipeline.target().digests(ChromaArticles.COLUMNS)).isEqualTo(source.digests());
        }
    }

    @Test
    void anExportThatWasKilledGoesOnAndTheFileIsWhole() throws Exception {
        try (ChromaServer server = ChromaServer.forTest()) {
            ChromaArticles source = new ChromaArticles(server);
            source.fill(0, KILLED_ROWS);
            Pipeline pipeline = new Pipeline(directory, """
                    chroma:
                        url: %s
                        collections: [articles]
                        blockRows: 2
                        parallelism: 1""".formatted(server.url()));
            killOnceItHasWritten(pipeline, 0, "export", "--output", "source.jsonl.gz");
            killOnceItHasWritten(
                    pipeline, Files.size(part()) + 20_000, "export", "--resume", "--output", "source.jsonl.gz");

            FerryProcess.Ended ended =
                    pipeline.run(TIMEOUT, "export", "--resume", "--output", "source.jsonl.gz", "--json");

            assertThat(ended.exitCode()).as(ended.output()).isZero();
            assertThat(ended.json().at("/rows").asInt()).isEqualTo(KILLED_ROWS);
            assertThat(ended.json().at("/resumed").asInt()).isBetween(1, KILLED_ROWS - 1);
            assertThat(PythonEnvironment.chroma()
                            .run(CHECK, directory.resolve("source.jsonl.gz").toString()))
                    .isEqualToIgnoringNewLines("2000 rows, 2000 ids, as summed: True");
            pipeline.run(TIMEOUT, "import", "--input", "source.jsonl.gz");
            assertThat(pipeline.target().digests(ChromaArticles.COLUMNS)).isEqualTo(source.digests());
            try (Stream<Path> left = Files.list(directory)) {
                assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.contains(".part"));
            }
        }
    }

    private void killOnceItHasWritten(Pipeline pipeline, long bytes, String... arguments) {
        try (FerryProcess ferry = pipeline.start(arguments)) {
            Awaitility.await("some of the file")
                    .atMost(TIMEOUT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> Files.exists(part()) && Files.size(part()) > bytes);
            ferry.kill();
        }
        assertThat(directory.resolve("source.jsonl.gz")).doesNotExist();
    }

    private Path part() {
        return directory.resolve("source.jsonl.gz.part");
    }

    @Test
    void aPostgresTableComesBackExactlyHoweverItsImportIsKilledAndADamagedFileWritesNothing() throws IOException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 8);
            source.create();
            source.fill(1, IMPORTED_ROWS, 42);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.run(TIMEOUT, "export", "--output", "articles.jsonl");
            Path file = directory.resolve("articles.jsonl");
            String whole = Files.readString(file);

            Files.writeString(file, whole.substring(0, whole.length() / 2));
            FerryProcess.Ended refused = pipeline.run(TIMEOUT, "import", "--input", "articles.jsonl");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output()).contains("is damaged");
            assertThat(directory.resolve("lance")).doesNotExist();

            Files.writeString(file, whole);
            killBetweenCommits(pipeline);
            killAnywhere(pipeline, new Random(SEED));
            FerryProcess.Ended ended = pipeline.run(TIMEOUT, "import", "--input", "articles.jsonl", "--json");
            assertThat(ended.exitCode()).as(ended.output()).isZero();
            assertThat(ended.json().at("/rows").asInt()).isEqualTo(IMPORTED_ROWS);
            pipeline.assertTargetEqualsSource(source);
        }
    }

    private void killBetweenCommits(Pipeline pipeline) throws IOException {
        try (FerryProcess ferry = pipeline.start("import", "--input", "articles.jsonl")) {
            Awaitility.await("a first commit")
                    .atMost(TIMEOUT)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> remembered() > 0);
            ferry.kill();
        }
        assertThat(remembered()).isBetween(1, IMPORTED_ROWS - 1);
    }

    /** From before it has read the file to behind its end. */
    private static void killAnywhere(Pipeline pipeline, Random random) {
        for (int kill = 0; kill < KILLS; kill++) {
            try (FerryProcess ferry = pipeline.start("import", "--input", "articles.jsonl")) {
                LockSupport.parkNanos(
                        Duration.ofMillis(500 + random.nextInt(4_000)).toNanos());
                ferry.kill();
            }
        }
    }

    /** Rows of the file that an import that goes on takes for written; 0 when there is none to go on with. */
    private int remembered() throws IOException {
        Path dataDir = directory.resolve("ferry-data");
        if (!Files.exists(dataDir)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(dataDir)) {
            Optional<Path> rows =
                    files.filter(file -> file.toString().endsWith(".rows")).findFirst();
            return rows.isPresent() ? Integer.parseInt(Files.readString(rows.get())) : 0;
        }
    }

    private static void succeed(Pipeline pipeline, String... arguments) {
        FerryProcess.Ended ended = pipeline.run(TIMEOUT, arguments);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("300 rows");
    }
}
