package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents joined to vectors while both change and ferry is killed; then their references rewritten, and put back. */
class MongoReferencesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int DOCUMENTS = 60;
    private static final int VECTORS = 200;

    @TempDir
    Path directory;

    @Test
    void theTargetHoldsExactlyTheJoinAndReferencesAreRewrittenAndPutBack() {
        try (ReferencedVectors source = new ReferencedVectors()) {
            fill(source);
            Pipeline pipeline = new Pipeline(directory, source.yaml());
            pipeline.write("ids: allocate\n");

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                changeDocuments(source);
                ferry.kill();
            }
            changeVectors(source);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                source.documents().deleteOne(Filters.eq("_id", ReferringDocuments.id(9)));
                source.documents().insertOne(ReferringDocuments.document(900, "late", 190, 777_777));
                awaitHalves(pipeline, 2, 25);
                assertThat(orphans(pipeline)).as("orphan references").containsExactlyInAnyOrder("20", "777777");
                ferry.kill();
            }
            source.vectors("INSERT INTO modeldata VALUES (777777, '[7,7.5]')"); // its reference came first
            pipeline.catchUp();
            Map<String, String> ids = assertEqual(pipeline, source);
            assertThat(orphans(pipeline)).as("once the late vector came").containsExactly("20");

            rewriteAndRevert(pipeline, source, ids);
            loseTheLog(pipeline, source);
        }
    }

    private static void fill(ReferencedVectors source) {
        source.vectors("INSERT INTO modeldata SELECT i, ('[' || i || ',0.25]')::vector FROM generate_series(1,%d) i"
                .formatted(VECTORS));
        List<BsonDocument> documents = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            documents.add(ReferringDocuments.document(i, "question " + i, 3L * i + 1, 3L * i + 2, 3L * i + 3));
        }
        source.documents().insertMany(documents);
    }

    private static void changeDocuments(ReferencedVectors source) {
        source.documents().updateOne(Filters.eq("_id", ReferringDocuments.id(1)), Updates.set("q", "asked again"));
        source.documents()
                .updateOne(
                        Filters.eq("_id", ReferringDocuments.id(2)),
                        Updates.pull("indexes", new BsonDocument("dataId", new BsonString("8"))));
        source.documents().deleteOne(Filters.eq("_id", ReferringDocuments.id(3)));
        source.documents().insertOne(ReferringDocuments.document(800, "new", 185));
    }

    private static void changeVectors(ReferencedVectors source) {
        source.vectors(
                "DELETE FROM modeldata WHERE id = 20",
                "UPDATE modeldata SET embedding = '[0.5,-3]' WHERE id = 21",
                "UPDATE modeldata SET embedding = '[9,9]' WHERE id = 199");
    }

    private static void awaitHalves(Pipeline pipeline, int orphanReferences, int unreferencedVectors) {
        Awaitility.await("what has no other half is counted")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(pipeline.status()).hasValueSatisfying(status -> assertThat(
                                status.get("references").toString())
                        .isEqualTo("{\"orphanReferences\":%d,\"unreferencedVectors\":%d}"
                                .formatted(orphanReferences, unreferencedVectors))));
    }

    /** The vectors that the open letters name. */
    private static List<String> orphans(Pipeline pipeline) {
        List<String> vectors = new ArrayList<>();
        pipeline.run(PATIENCE, "dead-letters", "list", "--json")
                .json()
                .get("deadLetters")
                .forEach(letter -> {
                    assertThat(letter.get("error").asText()).isEqualTo("orphan_reference");
                    vectors.add(
                            letter.get("message").asText().replaceAll(".* vector (\\S+), which does not exist", "$1"));
                });
        return vectors;
    }

    /** Returns the new id of each old one. */
    private static Map<String, String> assertEqual(Pipeline pipeline, ReferencedVectors source) {
        Map<String, String> ids =
                ReferencedVectors.newIds(pipeline.run(PATIENCE, "ids", "export").output());
        Map<String, String> expected = source.digests(ids);
        Map<String, String> actual = pipeline.target().digests(ReferencedVectors.COLUMNS);
        assertThat(actual.keySet()).as("ids in the target").isEqualTo(expected.keySet());
        assertThat(actual).as("digest of every row").isEqualTo(expected);
        return ids;
    }

    private static void rewriteAndRevert(Pipeline pipeline, ReferencedVectors source, Map<String, String> ids) {
        List<BsonDocument> before = source.all();
        Ended preview = pipeline.run(PATIENCE, "references", "rewrite", "--dry-run", "--json");
        // an allocated id may happen to be the old one
        long others = ids.entrySet().stream()
                .filter(id -> !id.getKey().equals(id.getValue()))
                .count();
        assertThat(preview.json().get("changed").asLong()).isEqualTo(others);
        assertThat(preview.json().get("unmapped").asInt())
                .as("reference 20 has no vector")
                .isEqualTo(1);
        assertThat(source.all()).isEqualTo(before);

        try (FerryProcess killed = pipeline.start("references", "rewrite", "--apply")) {
            Awaitility.await("some reference was rewritten")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> !killed.isAlive() || !source.all().equals(before));
            killed.kill();
        }
        Ended applied = pipeline.run(PATIENCE, "references", "rewrite", "--apply", "--json");
        assertThat(applied.exitCode()).as(applied.output()).isEqualTo(2); // reference 20 is left
        assertThat(references(source)).isEqualTo(references(before, ids));

        Ended refused = pipeline.run(PATIENCE, "run", "--until", "caught-up");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("--revert");

        Ended reverted = pipeline.run(PATIENCE, "references", "rewrite", "--revert");
        assertThat(reverted.exitCode()).as(reverted.output()).isZero();
        assertThat(source.all()).isEqualTo(before);
        pipeline.catchUp();
        assertEqual(pipeline, source);
    }

    private static void loseTheLog(Pipeline pipeline, ReferencedVectors source) {
        source.documents().deleteOne(Filters.eq("_id", ReferringDocuments.id(10)));
        source.documents().updateOne(Filters.eq("_id", ReferringDocuments.id(11)), Updates.set("q", "unseen"));
        source.rollLogOver();

        Ended lost = pipeline.run(PATIENCE, "run", "--until", "caught-up");
        assertThat(lost.exitCode()).as(lost.output()).isEqualTo(1);
        assertThat(lost.output()).contains("no longer has the changes of dataset_datas", "--new-generation");

        Ended again = pipeline.run(PATIENCE, "run", "--until", "caught-up", "--new-generation");
        assertThat(again.exitCode()).as(again.output()).isZero();
        assertEqual(pipeline, source);
        pipeline.catchUp(); // from a place that is in the log
    }

    private static List<String> references(ReferencedVectors source) {
        return references(source.all(), Map.of());
    }

    private static List<String> references(List<BsonDocument> documents, Map<String, String> ids) {
        List<String> references = new ArrayList<>();
        documents.forEach(document -> document.getArray("indexes").forEach(index -> {
            String reference = index.asDocument().getString("dataId").getValue();
            references.add(ids.getOrDefault(reference, reference));
        }));
        return references;
    }
}
