package io.vectorferry.producer.chroma;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.producer.contracttests.ChangesTopic;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As docs/sources/chroma.md tells: the directory is copied, and a server of today is started on the copy. */
@Timeout(180)
public class OldDatabasesTest {
    /** Of each float of a cosine space, which a server keeps as a unit vector and a norm. */
    private static final double COSINE_TOLERANCE = 1e-6;

    @TempDir
    public Path directory;

    @ParameterizedTest(name = "Chroma {0}")
    @CsvSource({"0.4.24, 0.7.3", "0.5.23, 0.7.6"})
    void aCopyOfAnOldDatabaseIsReplicatedExactlyAndThenFollowed(String release, String index) throws Exception {
        assumeTrue(OldDatabase.canBeMade(), "the old releases' libraries are there for Python 3.9 to 3.12");
        Path old = directory.resolve("old");
        Map<String, Map<String, OldDatabase.Content>> expected =
                OldDatabase.of(release, index).fill(old);
        assertThat(expected.get("arts")).hasSize(1099);
        Map<String, String> before = sums(old);
        Path copy = copy(old);

        try (ChromaServer server = ChromaServer.start(copy);
                ChangesTopic changes = new ChangesTopic()) {
            server.stop(); // the start that migrates leaves sessions behind that lack a new column: a read by one of
            // them ends its compactor
            server.startAgain();
            Stage stage = source(server).stage(changes.kafka, changes.topics, new ProducerOptions(false));
            CompletableFuture<Void> run = CompletableFuture.runAsync(stage::run, Thread.ofPlatform()::start);
            changes.failWith(run);
            changes.await("all rows", seen -> changes.state().size() == 1099 + 20);
            assertThat(read(changes, "arts")).isEqualTo(expected.get("arts"));
            assertNearly(read(changes, "angles"), expected.getOrDefault("angles", Map.of()));

            new ChromaWriter(server).run("""
                    get("arts").delete(ids=["é8"])
                    get("arts").upsert(ids=["bare"], embeddings=[[1, 2, 3, 4, 5, 6]])
                    """);
            changes.await("the changes", seen -> {
                Map<String, OldDatabase.Content> arts = read(changes, "arts");
                return !arts.containsKey("é8")
                        && OldDatabase.floats(requireNonNull(arts.get("bare")).vector())[0] == 1;
            });
            stage.close();
            run.join();
            assertThat(source(server).reader().searchMetric("arts")).contains(DistanceMetric.L2);
            assertThat(source(server).reader().searchMetric("angles")).contains(DistanceMetric.COSINE);
        }
        assertThat(sums(old)).as("the old directory").isEqualTo(before);
    }

    private static void assertNearly(
            Map<String, OldDatabase.Content> actual, Map<String, OldDatabase.Content> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((id, content) -> {
            OldDatabase.Content wanted = requireNonNull(expected.get(id), id);
            assertThat(content.fields()).as(id).isEqualTo(wanted.fields());
            float[] floats = OldDatabase.floats(wanted.vector());
            for (int i = 0; i < floats.length; i++) {
                assertThat((double) OldDatabase.floats(content.vector())[i])
                        .as(id)
                        .isCloseTo(floats[i], within(COSINE_TOLERANCE * Math.abs(floats[i])));
            }
        });
    }

    private static Map<String, OldDatabase.Content> read(ChangesTopic changes, String collection) {
        Map<String, OldDatabase.Content> rows = new TreeMap<>();
        changes.state().forEach((key, upsert) -> {
            if (key.collection().equals(collection)) {
                rows.put(((Value.Text) key.parts().getFirst()).value(), OldDatabase.content(upsert.row()));
            }
        });
        return rows;
    }

    private Source source(ChromaServer server) {
        PipelineFile file = PipelineFile.of(
                """
                pipeline: articles
                source: {chroma: {url: "%s", rescan: 100ms, directory: "%s"}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                data.dir: %s
                """.formatted(server.url(), server.directory(), directory.resolve("data")), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source =
                new ChromaSourceFactory().configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }

    private Path copy(Path old) throws IOException {
        Path copy = directory.resolve("copy");
        try (Stream<Path> all = Files.walk(old)) {
            for (Path one : all.toList()) {
                Files.copy(one, copy.resolve(old.relativize(one)));
            }
        }
        return copy;
    }

    private static Map<String, String> sums(Path of) throws Exception {
        Map<String, String> sums = new TreeMap<>();
        try (Stream<Path> all = Files.walk(of)) {
            for (Path one : all.filter(Files::isRegularFile).toList()) {
                byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(one));
                sums.put(one.toString(), HexFormat.of().formatHex(sum));
            }
        }
        return sums;
    }
}
