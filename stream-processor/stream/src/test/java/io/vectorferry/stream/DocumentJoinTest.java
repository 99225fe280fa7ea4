package io.vectorferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.rules.ids.SharedTables;
import io.vectorferry.stream.join.state.JoinStores.ReferenceCounts;
import io.vectorferry.stream.state.StateStores;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

public class DocumentJoinTest {
    private static final String REFERENCES = "indexes[].dataId";

    private TopologyDriver driver = new TopologyDriver(pipeline("{collection: docs}"), SharedTables.NONE, 1);
    private int place;

    @AfterEach
    public void close() {
        driver.close();
    }

    @Test
    void theJoinedRowComesWithWhicheverSideComesLast() {
        document("d1", "one", "a", "b");
        assertThat(driver.written()).isEmpty();
        vector("a", 1);
        assertThat(driver.written()).containsExactly("a=[one]");

        vector("c", 3);
        assertThat(driver.written()).isEmpty();
        document("d2", "two", "c");
        assertThat(driver.written()).containsExactly("c=[two]");
    }

    @Test
    void theRowHasTheVectorOfOneSideAndTheFieldsOfTheOther() {
        document("d1", "one", "a");
        vector("a", 7);

        Row row = driver.records().stream()
                .map(record -> record.value())
                .filter(io.vectorferry.contracts.message.TargetRecord.Upsert.class::isInstance)
                .map(value -> ((io.vectorferry.contracts.message.TargetRecord.Upsert) value).row())
                .findFirst()
                .orElseThrow();

        assertThat(row)
                .isEqualTo(new Row(
                        new VectorColumn("embedding", VectorElement.FLOAT32, 1, Vector.ofFloats(7)),
                        List.of(TestPipelines.text("q", "one"))));
    }

    @Test
    void aChangedDocumentPublishesItsReferencesAgainAndARemovedOneIsDeleted() {
        vector("a", 1);
        vector("b", 2);
        document("d1", "one", "a", "b");
        assertThat(driver.written()).containsExactly("a=[one]", "b=[one]");

        document("d1", "two", "b");

        assertThat(driver.written()).containsExactlyInAnyOrder("b=[two]", "a-");
    }

    @Test
    void aDeletedDocumentDeletesItsRowsAndADeletedVectorItsOwn() {
        vector("a", 1);
        vector("b", 2);
        document("d1", "one", "a", "b");
        driver.written();

        deleteVector("a");
        assertThat(driver.written()).containsExactly("a-");
        deleteDocument("d1");
        assertThat(driver.written()).containsExactly("b-");
        vector("a", 5);
        assertThat(driver.written()).isEmpty();
        document("d1", "again", "a");
        assertThat(driver.written()).containsExactly("a=[again]");
    }

    @Test
    void ofTwoDocumentsTheFirstGivesTheFieldsUntilItLetsGo() {
        vector("a", 1);
        document("d2", "two", "a");
        document("d1", "one", "a");
        assertThat(driver.written()).containsExactly("a=[two]", "a=[one]");

        document("d2", "changed", "a");
        assertThat(driver.written()).isEmpty();
        deleteDocument("d1");
        assertThat(driver.written()).containsExactly("a=[changed]");
    }

    @Test
    void aSnapshotRowThatComesLateChangesNothing() {
        vector("a", 1);
        document("d1", "new", "a");
        deleteVector("b");
        driver.written();

        driver.pipe(key("docs", "d1"), documentAt(SourcePosition.snapshot(1), "old", "a", "b"));
        driver.pipe(key("chunks", "b"), vectorAt(SourcePosition.snapshot(1), 9));

        assertThat(driver.written()).isEmpty();
    }

    @Test
    void whatTheSnapshotOfANewGenerationDoesNotShowIsSweptOnItsSide() {
        vector("a", 1);
        vector("b", 2);
        document("d1", "one", "a");
        document("d2", "two", "b");
        driver.written();

        driver.pipe(key("docs", "d1"), documentAt(SourcePosition.snapshot(2), "one", "a"));
        driver.broadcast(new Change.SnapshotComplete("docs", 2));
        assertThat(driver.written()).containsExactly("b-");
        driver.broadcast(new Change.SnapshotComplete("chunks", 2));
        assertThat(driver.written()).containsExactly("a-");
    }

    @Test
    void aBarrierPassesOnceBothSidesHavePassedItOrALaterOne() {
        barrier("one/documents", 1);
        assertThat(driver.written()).isEmpty();
        barrier("two", 2);
        assertThat(driver.written()).containsExactly("barrier/0=one");
        barrier("three/documents", 3);
        assertThat(driver.written()).containsExactly("barrier/0=two");
        barrier("two", 2);
        assertThat(driver.written()).isEmpty();
    }

    @Test
    void aReferenceThatHasNoVectorOnceABarrierHasPassedIsADeadLetterUntilTheVectorComes() {
        vectorsAreRead();
        document("d1", "one", "a", "b");
        vector("a", 1);
        assertThat(driver.deadLetters()).isEmpty();

        barrierOfBothSides(1);

        assertThat(driver.deadLetters())
                .singleElement()
                .satisfies(letter -> assertThat(letter.error()).isEqualTo(ErrorType.ORPHAN_REFERENCE))
                .satisfies(letter -> assertThat(letter.message()).contains("d1", "vector b"));
        assertThat(driver.references()).isEqualTo(new ReferenceCounts(1, 0));
        barrierOfBothSides(2);
        document("d1", "changed", "a", "b");
        assertThat(driver.deadLetters()).as("told once").isEmpty();

        vector("b", 2);

        assertThat(driver.deadLetters()).singleElement().matches(DeadLetter::withdrawn);
        assertThat(driver.references()).isEqualTo(ReferenceCounts.ZERO);
    }

    @Test
    void aBarrierThatWasIssuedBeforeAReferenceCameSaysNothingOfIt() {
        vectorsAreRead();
        barrierOfDocuments(1);
        document("d1", "one", "a");
        barrierOfVectors(1); // the vector may stand behind it
        assertThat(driver.deadLetters()).isEmpty();

        barrierOfBothSides(2);

        assertThat(driver.deadLetters()).hasSize(1);
    }

    @Test
    void aBarrierThatWasUnderWayWhenAReferenceCameSaysNothingOfItThoughItComesLater() {
        vectorsAreRead();
        document("d1", "one", "a");
        driver.broadcast(barrierAt("early/documents", 9, 0));
        driver.broadcast(barrierAt("early", 9, 0));

        assertThat(driver.deadLetters()).as("the vector may stand behind it").isEmpty();
        barrierOfBothSides(1);
        assertThat(driver.deadLetters()).hasSize(1);
    }

    @Test
    void aVectorThatIsNotReadYetLeavesNoOrphan() {
        document("d1", "one", "a");
        barrierOfBothSides(1);
        assertThat(driver.deadLetters()).isEmpty();

        driver.pipe(key("chunks", "a"), vectorAt(SourcePosition.snapshot(1), 1));
        vectorsAreRead();
        barrierOfBothSides(2);

        assertThat(driver.deadLetters()).isEmpty();
        assertThat(driver.references()).isEqualTo(ReferenceCounts.ZERO);
    }

    @Test
    void aVectorThatIsDeletedLeavesItsReferencesBehindAndARemovedReferenceIsNoOrphan() {
        vectorsAreRead();
        vector("a", 1);
        document("d1", "one", "a");
        document("d2", "two", "a");
        deleteVector("a");
        barrierOfBothSides(1);
        assertThat(driver.deadLetters()).hasSize(2);

        document("d1", "one");
        deleteDocument("d2");

        assertThat(driver.deadLetters()).hasSize(2).allMatch(DeadLetter::withdrawn);
        assertThat(driver.references()).isEqualTo(ReferenceCounts.ZERO);
    }

    @Test
    void aVectorThatNoDocumentRefersToIsCounted() {
        vector("a", 1);
        vector("b", 2);
        assertThat(driver.references()).isEqualTo(new ReferenceCounts(0, 2));
        document("d1", "one", "a");
        assertThat(driver.references()).isEqualTo(new ReferenceCounts(0, 1));
        deleteDocument("d1");
        deleteVector("b");
        assertThat(driver.references()).isEqualTo(new ReferenceCounts(0, 1));
    }

    @Test
    void aWordIsAnOrphanWhereVectorsHaveIntegerKeys() {
        driver.close();
        driver = new TopologyDriver(pipeline("{collection: docs, vectorKeys: integer}"), SharedTables.NONE, 1);
        vectorsAreRead();

        document("d1", "one", "word");
        barrierOfBothSides(1);

        assertThat(driver.deadLetters()).hasSize(1);
    }

    @Test
    void aDeletionIsForgottenOnceNothingOlderCanComeAndTheRowMayComeAgain() {
        bothSidesAreRead();
        vector("a", 1);
        document("d1", "one", "a");
        deleteDocument("d1");
        deleteVector("a");
        deleteDocument("never seen");
        barrierOfBothSides(1);
        assertThat(driver.stored("join-documents")).containsEntry('r', 2);
        driver.written();

        driver.advance(Duration.ofDays(8));
        barrierOfBothSides(2);

        assertThat(driver.stored("join-documents")).as("the floor alone").containsOnlyKeys('f');
        assertThat(driver.stored("join-sides"))
                .doesNotContainKeys('r', 'd', 'x')
                .containsEntry('j', 1);
        assertThat(driver.stored(StateStores.ROWS)).isEmpty();
        driver.written();
        vector("a", 2);
        document("d1", "again", "a");
        assertThat(driver.written()).containsExactly("a=[again]");
    }

    @Test
    void aDeletionIsRememberedForAsLongAsItsSideIsAway() {
        bothSidesAreRead();
        vector("a", 1);
        document("d1", "one", "a");
        deleteDocument("d1");
        driver.written();

        driver.advance(Duration.ofDays(30));
        driver.pipe(key("docs", "d1"), documentAt(SourcePosition.stream(1, place - 1, 0), "published again", "a"));
        assertThat(driver.written()).isEmpty();

        document("d1", "came again", "a");
        barrierOfDocuments(2);
        barrierOfDocuments(3);
        deleteVector("a");
        driver.written();
        driver.pipe(key("docs", "d1"), documentAt(SourcePosition.snapshot(1), "late", "a"));
        vector("a", 2);
        assertThat(driver.written()).containsExactly("a=[came again]");
    }

    @Test
    void aDeletionIsRememberedForAsLongAsTheSnapshotOfItsSideLasts() {
        deleteVector("a");
        deleteDocument("d1");

        driver.advance(Duration.ofDays(30));
        barrierOfBothSides(1);
        driver.pipe(key("chunks", "a"), vectorAt(SourcePosition.snapshot(1), 1));
        driver.pipe(key("docs", "d1"), documentAt(SourcePosition.snapshot(1), "late", "a"));
        driver.written();
        document("d2", "two", "a");
        vector("b", 1);

        assertThat(driver.written()).isEmpty();
    }

    @Test
    void whatIsRedrivenGoesOutAsItIsJoinedNow() {
        vector("a", 1);
        document("d1", "now", "a");
        driver.written();
        byte[] failed = Codecs.CHANGE.encode(documentAt(SourcePosition.snapshot(2), "as it was"));

        driver.pipe(
                key("docs", "a"),
                Change.Redrive.ofLetter(SourcePosition.snapshot(2), ByteString.copyFrom(failed), false));
        driver.pipe(
                key("docs", "b"),
                Change.Redrive.ofLetter(SourcePosition.snapshot(2), ByteString.copyFrom(failed), false));

        assertThat(driver.written()).containsExactly("a=[now]", "b-");
        document("d1", "later", "a");
        assertThat(driver.written()).as("nothing was made newer").containsExactly("a=[later]");
    }

    @Test
    void inOneLogABarrierTellsOfWhatCameBeforeItWhateverTheClocksSay() {
        driver.close();
        driver = new TopologyDriver(pipelineOf("""
                postgres:
                    url: postgresql://unused/unused
                    tables: [{name: public.chunks, vector: v}]
                    documents: {table: docs, references: "indexes[].dataId"}"""), SharedTables.NONE, 1);
        vectorsAreRead();
        driver.broadcast(barrierAt("one", 10, 0));
        document("d1", "one", "a");
        driver.broadcast(barrierAt("one again, as a restart lets it come", 10, 0));
        assertThat(driver.deadLetters()).isEmpty();

        driver.broadcast(barrierAt("two", 11, 0));

        assertThat(driver.deadLetters()).hasSize(1);
    }

    @Test
    void aSweepOfManyRowsOfEitherSideTakesStepsAndABarrierWaitsForItsEnd() {
        int rows = 2_300; // of which a step looks at 1,000
        bothSidesAreRead();
        for (int i = 0; i < rows; i++) {
            vector("v" + i, 1);
            document("d" + i, "one", "v" + i);
        }
        assertThat(driver.written()).hasSize(rows);

        driver.broadcast(new Change.SnapshotComplete("docs", 2));
        barrierOfBothSides(1);
        assertThat(driver.written()).hasSize(1_000);
        driver.advance(Duration.ofMillis(10));
        assertThat(driver.written()).hasSize(1_000);
        driver.advance(Duration.ofMillis(10));
        assertThat(driver.written()).hasSize(301).endsWith("barrier/0=1");

        driver.pipe(key("docs", "d"), documentAt(SourcePosition.snapshot(2), "two", "v7", "v8"));
        assertThat(driver.written()).containsExactly("v7=[two]", "v8=[two]");
        driver.broadcast(new Change.Truncate("chunks", SourcePosition.stream(1, place + 1, 0), 0));
        driver.pipe(key("chunks", "v7"), vectorAt(SourcePosition.stream(1, place + 2, 0), 2));
        barrierOfBothSides(2);
        for (int step = 0; step < 4; step++) {
            driver.advance(Duration.ofMillis(10));
        }
        List<String> written = driver.written();
        assertThat(written).endsWith("barrier/0=2").contains("v7=[two]", "v8-").hasSizeBetween(3, 4);
        assertThat(written.lastIndexOf("v7=[two]")).isGreaterThan(written.indexOf("v7-"));
    }

    private void bothSidesAreRead() {
        driver.broadcast(new Change.SnapshotComplete("docs", 1));
        vectorsAreRead();
    }

    private void vectorsAreRead() {
        driver.broadcast(new Change.SnapshotComplete("chunks", 1));
    }

    private void barrierOfBothSides(int number) {
        barrierOfDocuments(number);
        barrierOfVectors(number);
    }

    private void barrierOfDocuments(int number) {
        driver.broadcast(barrierAt(number + "/documents", number * 10L, number * 10L - 5));
    }

    private void barrierOfVectors(int number) {
        driver.broadcast(barrierAt(Integer.toString(number), number * 10L, number * 10L - 5));
    }

    /** Issued by a clock that runs backwards. */
    private static Change barrierAt(String id, long sequence, long acknowledged) {
        Instant issued = TopologyDriver.START.minus(Duration.ofHours(sequence));
        return new Change.BarrierMark(new Barrier(id, issued.toEpochMilli() * 1_000, "", sequence, acknowledged));
    }

    private void document(String id, String q, String... references) {
        driver.pipe(key("docs", id), documentAt(SourcePosition.stream(1, ++place, 0), q, references));
    }

    private void deleteDocument(String id) {
        driver.pipe(key("docs", id), new Change.Delete(SourcePosition.stream(1, ++place, 0), 0));
    }

    private void vector(String id, float value) {
        driver.pipe(key("chunks", id), vectorAt(SourcePosition.stream(1, ++place, 0), value));
    }

    private void deleteVector(String id) {
        driver.pipe(key("chunks", id), new Change.Delete(SourcePosition.stream(1, ++place, 0), 0));
    }

    private void barrier(String id, long sequence) {
        driver.broadcast(barrierAt(id, sequence, 0));
    }

    private static Change documentAt(SourcePosition position, String q, String... references) {
        List<Value> items = Stream.of(references).<Value>map(Value.Text::new).toList();
        return new Change.Upsert(
                Change.Origin.UPDATE,
                position,
                0,
                TestPipelines.row(
                        TestPipelines.text("q", q),
                        new Field(REFERENCES, FieldType.listOf(FieldType.Name.TEXT), new Value.Items(items))));
    }

    private static Change vectorAt(SourcePosition position, float value) {
        return new Change.Upsert(
                Change.Origin.UPDATE,
                position,
                0,
                new Row(
                        new VectorColumn("v", VectorElement.FLOAT32, 1, Vector.ofFloats(value)),
                        List.of(TestPipelines.text("document", "not taken"))));
    }

    private static SourceKey key(String collection, String id) {
        return new SourceKey(collection, List.of(new Value.Text(id)));
    }

    private static PipelineConfig pipeline(String mongo) {
        return pipelineOf("mongo: " + mongo);
    }

    private static PipelineConfig pipelineOf(String source) {
        return PipelineConfig.from(PipelineFile.of("""
                pipeline: articles
                source:
                  %s
                targets:
                  - name: lake
                    lancedb: {}
                kafka:
                  partitions: 1
                """.formatted(source), List.of(), Map.of()));
    }
}
