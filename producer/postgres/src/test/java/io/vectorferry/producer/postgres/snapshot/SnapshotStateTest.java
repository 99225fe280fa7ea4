package io.vectorferry.producer.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.contracttests.ChangesTopic;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.snapshot.SnapshotState.MeasuredLeaf;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotStateTest {
    private static final String TABLE = "public.events";
    private static final int LEAVES = 300;
    private static final int CHUNKS_A_LEAF = 100;

    @Test
    void whatIsWrittenAfterAChunkDoesNotGrowWithTheTableAndARestartReadsOnlyTheOthers() throws Exception {
        try (ChangesTopic changes = new ChangesTopic();
                ControlView view = new ControlView(changes.kafka, changes.topics.control());
                ControlPublisher publisher = new ControlPublisher(changes.kafka, changes.topics.control())) {
            TableGenerations generations = generations(publisher, view);
            SnapshotState state = new SnapshotState(generations, generations.progress(TABLE), leaves(), 10, 1_000_000);
            state.publish(false);
            List<BlockRanges.Chunk> chunks = state.remaining();
            List<BlockRanges.Chunk> slow = List.of(chunks.get(3), chunks.get(500));
            for (BlockRanges.Chunk chunk : chunks.subList(0, 2_000)) {
                if (!slow.contains(chunk)) {
                    state.finished(chunk, 1);
                }
            }

            List<Integer> sizes = sizes(changes);
            assertThat(sizes).hasSize(1 + 2_000 - slow.size());
            assertThat(sizes.subList(1, sizes.size())).allMatch(size -> size < 500);

            view.refresh();
            SnapshotProgress recorded = view.get(ControlKey.snapshot(TABLE))
                    .map(Control::getSnapshotProgress)
                    .orElseThrow();
            assertThat(recorded.getRowsDone()).isEqualTo(2_000 - slow.size());
            SnapshotState resumed = SnapshotState.resumed(
                    generations(publisher, view), recorded, SnapshotState.recordedLeaves(recorded, leaves()));
            List<BlockRanges.Chunk> expected = new ArrayList<>(slow);
            expected.addAll(chunks.subList(2_000, chunks.size()));
            assertThat(resumed.remaining()).isEqualTo(expected);

            assertThat(resumed.awaitTurn(chunks.get(8_000), () -> false)).isTrue();
            assertThat(resumed.awaitTurn(chunks.get(9_000), () -> true))
                    .as("too far beyond a slow chunk, until the reading ends")
                    .isFalse();

            state.publish(false); // the table was rewritten and is read anew: only then what was read is void
            view.refresh();
            assertThat(view.get(ControlKey.snapshot(TABLE))
                            .orElseThrow()
                            .getSnapshotProgress()
                            .getRowsDone())
                    .isEqualTo(recorded.getRowsDone());
            new SnapshotState(generations, generations.progress(TABLE), leaves(), 10, 1_000_000).publish(false);
            view.refresh();
            assertThat(view.get(ControlKey.snapshot(TABLE))
                            .orElseThrow()
                            .getSnapshotProgress()
                            .getRowsDone())
                    .isZero();
        }
    }

    private static TableGenerations generations(ControlPublisher publisher, ControlView view) {
        return new TableGenerations(publisher, view, Map.of(TABLE, TableVersion.none()), 0);
    }

    private static List<MeasuredLeaf> leaves() {
        List<MeasuredLeaf> leaves = new ArrayList<>();
        for (int leaf = 0; leaf < LEAVES; leaf++) {
            leaves.add(new MeasuredLeaf(
                    new QualifiedName("public", "events_" + leaf), 16_384 + leaf, 10L * CHUNKS_A_LEAF));
        }
        return leaves;
    }

    private static List<Integer> sizes(ChangesTopic changes) {
        List<Integer> sizes = new ArrayList<>();
        try (var reader = new TopicReader<>(changes.kafka, changes.topics.control(), 5_000)) {
            reader.readToEnd(some -> some.forEach(record -> sizes.add(record.serializedValueSize())));
        }
        return sizes;
    }
}
