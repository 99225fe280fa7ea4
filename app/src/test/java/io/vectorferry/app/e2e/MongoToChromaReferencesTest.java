package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.MilvusServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents joined to the vectors of a Chroma collection, into both targets, while both sides change and ferry is killed. */
class MongoToChromaReferencesTest {
    /** More by {@code -Dferry.test.references=50000}: that many vectors, and references from a fifth as many documents. */
    private static final int REFERENCES = Integer.getInteger("ferry.test.references", 1_500);

    private static final int KILLS = Integer.getInteger("ferry.test.kills", 2);
    private static final long SEED = Long.getLong("ferry.test.seed", 7);
    private static final int DOCUMENTS = REFERENCES / 5;
    private static final int DIMENSION = 384;
    private static final int PAGE = 1_000;

    /** The stand-in looks an updated document up by reading them all, so many documents change more slowly. */
    private static final Duration PAUSE = Duration.ofMillis(4 + REFERENCES / 2_500);

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** The stand-in for MongoDB looks at every document to find those that refer to an id. */
    private static final Duration SWEEP = PATIENCE.plus(Duration.ofMillis(30).multipliedBy(REFERENCES));

    private final Random random = new Random(SEED);

    @TempDir
    Path directory;

    @Test
    void bothTargetsHoldExactlyTheJoinWhicheverSideChanges() throws Exception {
        try (ChromaServer chroma = ChromaServer.forTest();
                MilvusServer milvus = MilvusServer.forTest();
                ReferringDocuments documents = new ReferringDocuments()) {
            ChromaArticles vectors = new ChromaArticles(chroma, DIMENSION);
            vectors.fill(0, REFERENCES);
            fill(documents);
            Pipeline pipeline = pipeline(chroma, milvus, documents);
            Path writing = Files.createFile(directory.resolve("writing"));
            Process writer = vectors.writeWhile(writing, REFERENCES);
            try (DocumentWriter application =
                    new DocumentWriter(documents, DOCUMENTS, random(), this::reference, PAUSE)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    try (FerryProcess ferry = pipeline.start("run")) {
                        pause();
                        ferry.kill();
                    }
                }
                pipeline.write(Pipeline.EAGER);
                try (FerryProcess ferry = pipeline.start("run")) {
                    pipeline.awaitStreaming(20);
                    pipeline.verify(); // while both sides change
                    pipeline.awaitCleanSweep(SWEEP);
                    long before = application.writes();
                    Awaitility.await().atMost(PATIENCE).until(() -> application.writes() > before + 100);
                    ferry.kill();
                }
            }
            stop(writer, writing);
            pipeline.write("");

            try (FerryProcess ferry = pipeline.start("run")) {
                Join join = new Join(documents.all(), vectors.vectors());
                awaitHalves(pipeline, join);
                assertThat(pipeline.verify("--sample", "200")
                                .at("/count/source")
                                .asInt())
                        .isEqualTo(join.digests().size());
                assertEqual("LanceDB", pipeline.target().digests(ReferencedVectors.COLUMNS), join.digests());
                assertEqual(
                        "Milvus",
                        new MilvusRows(milvus, "articles").digests(ReferencedVectors.COLUMNS),
                        join.digests());
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            }
        }
    }

    /** By hand, of both sides as they stand. */
    private record Join(Map<String, String> digests, int orphans, int unreferenced) {
        Join(List<BsonDocument> documents, Map<String, byte[]> vectors) {
            this(new TreeMap<>(), orphans(documents, vectors), unreferenced(documents, vectors));
            for (BsonDocument document : documents) {
                for (String id : ReferringDocuments.references(document)) {
                    byte[] vector = vectors.get(id);
                    if (vector != null) { // the first document gives the fields
                        digests.computeIfAbsent(id, found -> ReferringDocuments.digest(id, document, vector));
                    }
                }
            }
        }

        private static int orphans(List<BsonDocument> documents, Map<String, byte[]> vectors) {
            return documents.stream()
                    .mapToInt(document -> (int) ReferringDocuments.references(document).stream()
                            .filter(id -> !vectors.containsKey(id))
                            .count())
                    .sum();
        }

        private static int unreferenced(List<BsonDocument> documents, Map<String, byte[]> vectors) {
            Set<String> rest = new HashSet<>(vectors.keySet());
            documents.forEach(
                    document -> ReferringDocuments.references(document).forEach(rest::remove));
            return rest.size();
        }
    }

    private static void fill(ReferringDocuments documents) {
        for (int from = 0; from < DOCUMENTS; from += PAGE) {
            List<BsonDocument> some = new ArrayList<>();
            for (int i = from; i < Math.min(from + PAGE, DOCUMENTS); i++) {
                List<String> references = new ArrayList<>();
                for (int vector = 5 * i; vector < 5 * i + 5; vector++) {
                    references.add("a" + vector);
                }
                some.add(ReferringDocuments.document(i, "question " + i, references));
            }
            documents.collection().insertMany(some);
        }
    }

    private Random random() {
        return new Random(random.nextLong());
    }

    /** Some lead to vectors that come later, or never. */
    private String reference() {
        return random.nextInt(8) == 0 ? "fresh" + random.nextInt(500) : "a" + random.nextInt(REFERENCES + 20);
    }

    /** From before anything runs to well within the snapshot. */
    private void pause() {
        LockSupport.parkNanos(Duration.ofMillis(1_000 + random.nextInt(8_000 + REFERENCES / 4))
                .toNanos());
    }

    private static void stop(Process writer, Path writing) throws IOException, InterruptedException {
        Files.delete(writing);
        String said = new String(writer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(writer.waitFor()).as(said).isZero();
    }

    private Pipeline pipeline(ChromaServer chroma, MilvusServer milvus, ReferringDocuments documents) {
        Pipeline pipeline = new Pipeline(directory, """
                mongo:
                    uri: %s
                    database: app
                    collection: dataset_datas
                    fields: [q, teamId]
                    vectors:
                      chroma: {url: "%s", directory: %s, collections: [articles]}""".formatted(documents.uri(), chroma.url(), chroma.directory()));
        pipeline.addTarget("{name: vectors, milvus: {uri: \"%s\", collection: articles}}".formatted(milvus.uri()));
        pipeline.write("");
        return pipeline;
    }

    private static void awaitHalves(Pipeline pipeline, Join join) {
        Awaitility.await("what has no other half is counted")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(pipeline.status()).hasValueSatisfying(status -> assertThat(
                                status.get("references").toString())
                        .isEqualTo("{\"orphanReferences\":%d,\"unreferencedVectors\":%d}"
                                .formatted(join.orphans(), join.unreferenced()))));
    }

    /** Only what differs is shown. */
    private static void assertEqual(String target, Map<String, String> actual, Map<String, String> expected) {
        assertThat(without(expected, actual)).as("missing from " + target).isEmpty();
        assertThat(without(actual, expected))
                .as("in %s alone, or different", target)
                .isEmpty();
    }

    private static Set<Map.Entry<String, String>> without(Map<String, String> all, Map<String, String> known) {
        Set<Map.Entry<String, String>> rest = new HashSet<>(all.entrySet());
        rest.removeAll(known.entrySet());
        return rest;
    }
}
