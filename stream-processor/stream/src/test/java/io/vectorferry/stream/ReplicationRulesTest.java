package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.COLLECTION;
import static io.vectorferry.stream.TestPipelines.key;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.stream.state.PartitionCounters.StreamCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One test a rule of order, idempotence, truncation, sweep, redrive and barrier. */
public class ReplicationRulesTest {
    private static final SourcePosition OLDEST = SourcePosition.snapshot(1);

    private static final SourcePosition SNAPSHOT = SourcePosition.snapshot(1);

    private TopologyDriver driver = new TopologyDriver(TestPipelines.pipeline());

    @AfterEach
    public void close() {
        driver.close();
    }

    @Test
    void anOlderOrEqualPositionIsDroppedAndCounted() {
        driver.upsert(1, at(20), row("new", 1, 2));
        driver.upsert(1, at(10), row("old", 1, 2));
        driver.upsert(1, at(20), row("again", 1, 2));
        driver.upsert(1, SNAPSHOT, row("snapshot", 1, 2));

        assertThat(driver.written()).containsExactly("1=[new]");
        assertThat(driver.counts()).isEqualTo(new StreamCounts(0, 3, 0));
    }

    @Test
    void anUnchangedContentGoesNoFurtherButItsPositionCounts() {
        driver.upsert(1, at(10), row("same", 1, 2));
        driver.upsert(1, at(30), row("same", 1, 2));
        driver.upsert(1, at(20), row("between", 1, 2));

        assertThat(driver.written()).containsExactly("1=[same]");
        assertThat(driver.counts()).isEqualTo(new StreamCounts(1, 1, 0));
    }

    @Test
    void aDeletionOfAKeyNeverSeenKeepsItsSnapshotRowAway() {
        driver.delete(1, at(10));
        driver.upsert(1, SNAPSHOT, row("ghost", 1, 2));

        assertThat(driver.written()).isEmpty();
        assertThat(driver.mapped()).isEmpty();
    }

    @Test
    void aDeletionWritesOneTombstoneAndAReusedKeyLivesAgain() {
        driver.upsert(1, at(10), row("first", 1, 2));
        driver.delete(1, at(20));
        driver.delete(1, at(30));
        driver.upsert(1, at(40), row("first", 1, 2));

        assertThat(driver.written()).containsExactly("1=[first]", "1-", "1=[first]");
        assertThat(driver.mapped()).hasSize(3);
    }

    @Test
    void aTruncationDeletesWhatIsOlderAndMakesLateSnapshotRowsStale() {
        driver.upsert(1, SNAPSHOT, row("gone", 1, 2));
        driver.upsert(2, at(200), row("newer", 1, 2));
        Change truncate = new Change.Truncate(COLLECTION, at(100), 0);

        driver.broadcast(truncate);
        driver.upsert(3, SNAPSHOT, row("late", 1, 2));
        driver.upsert(4, at(90), row("replayed", 1, 2));
        driver.broadcast(truncate);
        driver.upsert(1, at(110), row("back", 1, 2));

        assertThat(driver.written()).containsExactly("1=[gone]", "2=[newer]", "1-", "1=[back]");
    }

    @Test
    void aTruncationLeavesOtherCollectionsAlone() {
        driver.upsert(1, at(10), row("kept", 1, 2));

        driver.broadcast(new Change.Truncate(COLLECTION + "2", at(100), 0));
        driver.broadcast(new Change.Truncate("public.article", at(100), 0));

        assertThat(driver.written()).containsExactly("1=[kept]");
    }

    @Test
    void aCompleteSnapshotSweepsTheKeysOfOlderGenerationsOnce() {
        driver.upsert(1, at(10), row("unseen", 1, 2));
        driver.upsert(2, at(10), row("seen", 1, 2));
        driver.upsert(2, SourcePosition.snapshot(2), row("seen", 1, 2));
        driver.broadcast(new Change.SnapshotComplete(COLLECTION, 2));
        driver.broadcast(new Change.SnapshotComplete(COLLECTION, 2));
        driver.upsert(1, at(50), row("of the lost log", 1, 2));

        assertThat(driver.written()).containsExactly("1=[unseen]", "2=[seen]", "1-");
    }

    @Test
    void aDeletionIsForgottenOnlyAfterTheRetentionAndACompleteSnapshot() {
        driver.delete(1, at(10));
        driver.advance(Duration.ofDays(8));
        assertThat(driver.state(1)).isNotNull();

        driver.broadcast(new Change.SnapshotComplete(COLLECTION, 1));
        driver.delete(2, at(10));
        driver.advance(Duration.ofDays(1));

        assertThat(driver.state(1)).isNull();
        assertThat(driver.state(2)).isNotNull();
    }

    @Test
    void aBarrierGoesToItsOwnPartitionAfterWhatStoodBeforeIt() {
        driver.upsert(1, at(10), row("before", 1, 2));
        driver.broadcast(new Change.BarrierMark(new Barrier("b1", 5, "0/10", 3, 2)));

        assertThat(driver.written()).containsExactly("1=[before]", "barrier/0=b1");
    }

    @Test
    void aRejectedUpdateTakesTheRowBeforeItOutWhereThePipelineSaysSo() {
        driver.close();
        driver = new TopologyDriver(TestPipelines.pipeline("refusedUpdates: delete"));
        driver.upsert(1, at(10), row("good", 1, 2));
        driver.upsert(1, at(30), row("bad", 1, 2, 3));
        driver.upsert(1, at(40), row("good", 1, 2));

        assertThat(driver.written()).containsExactly("1=[good]", "1-", "1=[good]");
        assertThat(driver.deadLetters()).hasSize(1);
    }

    @Test
    void aRejectedUpdateLeavesTheRowBeforeItAndBlocksOnlyOlderOnes() {
        driver.upsert(1, at(10), row("good", 1, 2));
        driver.upsert(1, at(30), row("bad", 1, 2, 3));
        driver.upsert(1, at(20), row("older", 1, 2));
        driver.upsert(2, at(40), row("other", 1, 2));

        assertThat(driver.written()).containsExactly("1=[good]", "2=[other]");
        DeadLetter letter = driver.deadLetters().getFirst();
        assertThat(letter.error()).isEqualTo(ErrorType.DIMENSION_MISMATCH);
        assertThat(letter.position()).isEqualTo(at(30));
        assertThat(letter.origin().offset()).isEqualTo(1);
        assertThat(Codecs.CHANGE.decode(letter.original().toByteArray())).isInstanceOf(Change.Upsert.class);

        driver.delete(1, at(50));
        assertThat(driver.written()).containsExactly("1-");
    }

    @Test
    void bytesThatAreNoChangeBecomeADeadLetterAndOthersGoOn() {
        driver.pipeBytes(Codecs.SOURCE_KEY.encode(key(1)), new byte[] {1, 2, 3});
        driver.pipeBytes(new byte[] {(byte) 0xFF}, Codecs.CHANGE.encode(new Change.Delete(at(1), 0)));
        driver.pipeBytes(null, Codecs.CHANGE.encode(new Change.Delete(at(1), 0)));
        driver.pipeBytes(null, null);
        driver.upsert(2, at(10), row("fine", 1, 2));

        // Bytes that are no key are left out, or nobody could read the letters.
        assertThat(driver.letterKeys(DeadLetter::error))
                .containsExactly(
                        Map.entry(Optional.of(key(1)), ErrorType.DATA_CORRUPTION),
                        Map.entry(Optional.empty(), ErrorType.DATA_CORRUPTION),
                        Map.entry(Optional.empty(), ErrorType.DATA_CORRUPTION),
                        Map.entry(Optional.empty(), ErrorType.DATA_CORRUPTION));
        assertThat(driver.written()).containsExactly("2=[fine]");
        assertThat(driver.counts().deadLetters()).isEqualTo(4);
    }

    @Test
    void aRedrivenRecordPassesUnlessSomethingNewerCame() {
        driver.upsert(1, at(10), row("refused by a sink", 1, 2));
        driver.written();
        TargetRecord.Upsert refused = new TargetRecord.Upsert(key(1), at(10), 0, row("refused by a sink", 1, 2));
        Change redrive = Change.Redrive.ofLetter(at(10), ByteString.copyFrom(Codecs.RECORD.encode(refused)), true);

        driver.pipe(key(1), redrive);
        driver.upsert(1, at(20), row("newer", 1, 2));
        driver.pipe(key(1), redrive);

        assertThat(driver.written()).containsExactly("1=[refused by a sink]", "1=[newer]");
    }

    @Test
    void aLetterOfARowWhoseDeletionIsForgottenIsRefusedWithTheRemedyHoweverOftenItIsRetried() {
        TargetRecord.Upsert refused = new TargetRecord.Upsert(key(1), at(10), 0, row("refused by a sink", 1, 2));
        Change.Upsert rejected = new Change.Upsert(Change.Origin.UPDATE, at(10), 0, row("rejected", 1, 2));
        List<Change> letters = List.of(
                Change.Redrive.ofLetter(at(10), ByteString.copyFrom(Codecs.RECORD.encode(refused)), true),
                Change.Redrive.ofLetter(at(10), ByteString.copyFrom(Codecs.CHANGE.encode(rejected)), false));
        driver.upsert(1, at(10), row("refused by a sink", 1, 2));
        driver.delete(1, at(20));
        driver.broadcast(new Change.SnapshotComplete(COLLECTION, 1));
        driver.written();

        letters.forEach(letter -> driver.pipe(key(1), letter));
        assertThat(driver.deadLetters()).isEmpty();

        driver.advance(Duration.ofDays(8));
        assertThat(driver.state(1)).isNull();
        for (Change letter : letters) {
            driver.pipe(key(1), letter);
            DeadLetter refusal = driver.deadLetters().getFirst();
            assertThat(refusal.message()).contains("deleted", "SET x = x", "discard");
            driver.pipe(key(1), Change.Redrive.ofLetter(refusal.position(), refusal.original(), refusal.ofSink()));
            assertThat(driver.deadLetters())
                    .singleElement()
                    .isEqualTo(new DeadLetter(
                            refusal.error(),
                            refusal.message(),
                            refusal.stage(),
                            refusal.retryable(),
                            refusal.failedMicros(),
                            new DeadLetter.Origin(
                                    refusal.origin().topic(),
                                    0,
                                    refusal.origin().offset() + 1),
                            refusal.position(),
                            refusal.original()));
        }
        assertThat(driver.written()).isEmpty();
        assertThat(driver.state(1)).isNull();

        driver.pipe(key(1), repair(new Change.Upsert(Change.Origin.SNAPSHOT, OLDEST, 0, row("of now", 1, 2))));
        assertThat(driver.written()).containsExactly("1=[of now]");
    }

    @Test
    void aRedrivenTombstoneIsWrittenAgain() {
        driver.upsert(1, at(10), row("row", 1, 2));
        driver.delete(1, at(20));
        driver.written();

        driver.pipe(key(1), Change.Redrive.ofLetter(at(20), ByteString.EMPTY, true));

        assertThat(driver.written()).containsExactly("1-");
    }

    @Test
    void aRedrivenChangeIsProcessedAgainAtItsOwnPosition() {
        Change.Upsert refused = new Change.Upsert(Change.Origin.UPDATE, at(10), 0, row("bad", 1, 2, 3));
        driver.pipe(key(1), refused);
        Change redrive = Change.Redrive.ofLetter(at(10), ByteString.copyFrom(Codecs.CHANGE.encode(refused)), false);

        driver.pipe(key(1), redrive);
        assertThat(driver.deadLetters()).hasSize(2);

        driver.upsert(1, at(20), row("mended", 1, 2));
        driver.pipe(key(1), redrive);
        assertThat(driver.deadLetters()).isEmpty();
        assertThat(driver.written()).containsExactly("1=[mended]");
    }

    @Test
    void aRepairIsWrittenAgainWhereItIsTheLastContentAndNeverOverANewerOne() {
        driver.upsert(1, at(10), row("last", 1, 2));
        driver.upsert(2, at(10), row("newer", 1, 2));
        driver.written();

        driver.pipe(key(1), repair(new Change.Upsert(Change.Origin.SNAPSHOT, OLDEST, 0, row("last", 1, 2))));
        driver.pipe(key(2), repair(new Change.Upsert(Change.Origin.SNAPSHOT, OLDEST, 0, row("older", 1, 2))));
        driver.pipe(key(3), repair(new Change.Upsert(Change.Origin.SNAPSHOT, OLDEST, 0, row("never seen", 1, 2))));

        assertThat(driver.written()).containsExactly("1=[last]", "3=[never seen]");
        driver.upsert(1, at(11), row("next", 1, 2));
        assertThat(driver.written()).containsExactly("1=[next]");
    }

    @Test
    void aRepairDeletesWhatShouldNotBeInTheTargetAndNeverARowThatShould() {
        driver.upsert(1, at(10), row("gone", 1, 2));
        driver.delete(1, at(20));
        driver.upsert(2, at(10), row("there", 1, 2));
        driver.written();

        driver.pipe(key(1), repair(new Change.Delete(OLDEST, 0)));
        driver.pipe(key(2), repair(new Change.Delete(OLDEST, 0)));
        driver.pipe(key(3), repair(new Change.Delete(OLDEST, 0)));

        assertThat(driver.written()).containsExactly("1-", "3-");
    }

    private static Change repair(Change change) {
        return Change.Redrive.ofRepair(OLDEST, ByteString.copyFrom(Codecs.CHANGE.encode(change)));
    }

    private static SourcePosition at(long place) {
        return SourcePosition.stream(1, place, 0);
    }
}
