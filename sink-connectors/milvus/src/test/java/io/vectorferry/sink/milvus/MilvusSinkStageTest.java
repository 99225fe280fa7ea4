package io.vectorferry.sink.milvus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.milvus.grpc.DropCollectionRequest;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.deploy.MilvusServer;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.SinkLog;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

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
    void aServerKilledUnderLoadLosesNothingThatWasReadAndTheSinkGoesOn(@TempDir Path directory) {
        Map<Long, Row> expected = new HashMap<>();
        try (SinkLog log = new SinkLog(directory);
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
    void aCollectionThatSomeoneDroppedIsFilledAnewAtTheNextStart(@TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory)) {
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
    void aCollectionThatWasMadeAnewByAProcessThatWasKilledJustAfterIsFilledAnew(@TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory)) {
            log.snapshotKnown(Rows.COLLECTION);
            try (Running first = log.start(target())) {
                for (long id = 0; id < 300; id++) {
                    log.upsert(id, Rows.row(id, "a"));
                }
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            drop(collection + "_articles");
            try (Target target = target();
                    TargetWriter writer = target.writer(Rows.COLLECTION)) {
                writer.prepare(Rows.schema());
            }
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(stored()).hasSize(300);
            }
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
    void twoProcessesShareThePartitionsAndOneThatEndsLeavesItsShareToTheOther(@TempDir Path directory) {
        Map<Long, Row> expected = new HashMap<>();
        try (SinkLog log = new SinkLog(directory);
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
