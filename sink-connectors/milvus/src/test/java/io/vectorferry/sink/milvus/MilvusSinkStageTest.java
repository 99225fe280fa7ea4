package io.vectorferry.sink.milvus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.milvus.grpc.DropCollectionRequest;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.SinkLog;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.ServerAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class MilvusSinkStageTest implements SinkStageContract {
    private final MilvusServer server;
    private final String collection = SharedServer.freshName();

    MilvusSinkStageTest(MilvusServer server) {
        this.server = server;
    }

    @Override
    public Target target() {
        return new MilvusTarget("vectors", MilvusConfig.of(server.uri(), collection + "_${collection}"));
    }

    private Map<Long, Row> stored() {
        Map<Long, Row> rows = new HashMap<>();
        try (Target target = target();
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(row -> rows.put(((TargetKey.NumberId) row.id()).value(), row.row()));
        }
        return rows;
    }

    @Test
    void aServerKilledUnderLoadLosesNothingThatWasReadAndTheSinkGoesOn() {
        Map<Long, Row> expected = new HashMap<>();
        try (SinkLog log = new SinkLog();
                Running running = log.start(target())) {
            fill(log, expected, 0, "before");
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            fill(log, expected, 500, "while it is killed");
            server.kill();
            fill(log, expected, 1_000, "while it is down");
            log.awaitState("vectors", "retrying");
            server.startAgain();
            log.barrier("2", 2);
            log.awaitBarrier(running, "2");
            assertThat(stored()).isEqualTo(expected);
        }
    }

    private static void fill(SinkLog log, Map<Long, Row> expected, long first, String text) {
        for (long id = first; id < first + 300; id++) {
            Row row = Rows.row(id, text);
            log.upsert(id, row);
            expected.put(id, row);
        }
        log.delete(first + 3);
        expected.remove(first + 3);
        Row again = Rows.row(first + 4, text + ", again");
        log.upsert(first + 4, again);
        expected.put(first + 4, again);
    }

    @Test
    void aCollectionThatSomeoneDroppedIsFilledAnewAtTheNextStart() {
        try (SinkLog log = new SinkLog()) {
            log.snapshotKnown(Rows.COLLECTION);
            try (Running first = log.start(target())) {
                log.upsert(1, Rows.row(1, "a"));
                log.upsert(2, Rows.row(2, "b"));
                log.delete(2);
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            drop(collection + "_articles");
            try (Running second = log.start(target())) {
                log.upsert(3, Rows.row(3, "c"));
                log.barrier("2", 2);
                log.awaitBarrier(second, "2");
                assertThat(stored()).isEqualTo(Map.of(1L, Rows.row(1, "a"), 3L, Rows.row(3, "c")));
            }
        }
    }

    @Test
    void aCollectionThatWasMadeAnewByAProcessThatWasKilledJustAfterIsFilledAnew() {
        try (SinkLog log = new SinkLog()) {
            log.snapshotKnown(Rows.COLLECTION);
            try (Running first = log.start(target())) {
                for (long id = 0; id < 300; id++) {
                    log.upsert(id, Rows.row(id, "a"));
                }
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            drop(collection + "_articles");
            makeAnew();
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(stored()).hasSize(300);
            }
        }
    }

    @Test
    void aDroppedCollectionIsFilledAnewHoweverManyCollectionsTheSourceHas() {
        MilvusConfig shared = MilvusConfig.of(server.uri(), collection + "_shared");
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(new MilvusTarget("vectors", shared))) {
                log.upsert(0, Rows.row(0, "a"));
                for (int tenant = 1; tenant <= 40; tenant++) {
                    log.upsert("documents_of_tenant_%02d".formatted(tenant), tenant, Rows.row(tenant, "a"));
                }
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            drop(collection + "_shared");
            try (Running second = log.start(new MilvusTarget("vectors", shared))) {
                log.upsert(41, Rows.row(41, "a"));
                log.barrier("2", 2);
                log.awaitBarrier(second, "2");
                assertThat(second.count()).isEqualTo(42);
            }
        }
    }

    @Test
    void whatEarlierBuildsNotedBesideTheOffsetsStillTellsThatACollectionIsGone() {
        try (SinkLog log = new SinkLog()) {
            log.snapshotKnown(Rows.COLLECTION);
            log.snapshotKnown("other");
            try (Running first = log.start(target())) {
                log.upsert(1, Rows.row(1, "a"));
                log.upsert(2, Rows.row(2, "b"));
                log.upsert("other", 1, Rows.row(1, "a"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            // Of a table that was made anew; of one that is not there; and of so many that nothing was noted of any.
            List<String> notes = List.of("\t1\narticles\t1", "articles", "\t1");
            for (String note : notes) {
                log.rewriteNotes("vectors", note);
                drop(collection + "_articles");
                if (note.equals(notes.getFirst())) {
                    makeAnew();
                }
                log.barrier(note, 2 + notes.indexOf(note));
                try (Running second = log.start(target())) {
                    log.awaitBarrier(second, note);
                    assertThat(second.count()).as(note).isEqualTo(2);
                }
            }
        }
    }

    @Test
    void eachOfTwoProcessesFillsItsShareOfACollectionThatWasDroppedWhileOneOfThemWasAway() {
        Map<Long, Row> expected = new HashMap<>();
        try (SinkLog log = new SinkLog();
                Running stays = log.start(target())) {
            fill(log, expected, 0, "before");
            log.barrier("1", 1);
            log.awaitBarrier(stays, "1");
            drop(collection + "_articles");
            try (Running comes = log.start(target())) {
                log.awaitMembers("vectors", 2);
                log.barrier("2", 2);
                log.awaitBarrier(comes, "2");
                await().until(() -> !stays.run().isDone() && !comes.run().isDone());
                assertThat(stored()).isEqualTo(expected);
            }
        }
    }

    @Test
    void aGroupWhoseOffsetsAreGoneIsRefusedSinceDeletionsMayBeGoneTooAndTheRemedyFillsTheCollectionAnew() {
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(target())) {
                log.upsert(1, Rows.row(1, "a"));
                log.upsert(2, Rows.row(2, "b"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            log.forgetOffsets("vectors");
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitFailure(second);
                assertThat(second.run().exceptionNow())
                        .isInstanceOfSatisfying(FerryException.class, e -> assertThat(e.remedy())
                                .contains("drop"))
                        .hasMessageContaining(".sink.vectors")
                        .hasMessageContaining("articles");
            }
            drop(collection + "_articles");
            try (Running third = log.start(target())) {
                log.awaitBarrier(third, "2");
                assertThat(third.count()).isEqualTo(2);
            }
        }
    }

    @Test
    void aProcessThatWasKilledAfterItMadeItsFirstCollectionIsNotTakenForOneThatWasAway() {
        try (SinkLog log = new SinkLog()) {
            log.barrier("1", 1);
            try (Running first = log.start(target())) {
                log.awaitBarrier(first, "1");
            }
            makeAnew();
            log.upsert(1, Rows.row(1, "a"));
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(second.count()).isEqualTo(1);
            }
        }
    }

    private void makeAnew() {
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
        }
    }

    private void drop(String name) {
        try (MilvusClient client = new MilvusClient(ServerAddress.of(server.uri()))) {
            client.command(
                    "dropping",
                    Duration.ofSeconds(30),
                    milvus -> milvus.dropCollection(DropCollectionRequest.newBuilder()
                            .setCollectionName(name)
                            .build()));
        }
    }

    @Test
    void twoProcessesShareThePartitionsAndOneThatEndsLeavesItsShareToTheOther() {
        Map<Long, Row> expected = new HashMap<>();
        try (SinkLog log = new SinkLog();
                Running first = log.start(target())) {
            fill(log, expected, 0, "by one");
            log.barrier("1", 1);
            log.awaitBarrier(first, "1");
            try (Running second = log.start(target())) {
                fill(log, expected, 200, "by two");
                log.barrier("2", 2);
                log.awaitBarrier(second, "2");
                await().until(() -> !second.run().isDone() && !first.run().isDone());
            }
            fill(log, expected, 400, "by one again");
            log.barrier("3", 3);
            log.awaitBarrier(first, "3");
            assertThat(stored()).isEqualTo(expected);
        }
    }
}
