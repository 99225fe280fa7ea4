package io.vectorferry.sink.chroma;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.SinkLog;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class ChromaSinkStageTest implements SinkStageContract {
    private final ChromaServer server;
    private final String collection = SharedServer.freshName();

    ChromaSinkStageTest(ChromaServer server) {
        this.server = server;
    }

    @Override
    public Target target() {
        return new ChromaTarget("vectors", SharedServer.config(server.url(), collection + "_${collection}"));
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
            drop();
            try (Running second = log.start(target())) {
                log.upsert(3, Rows.row(3, "c"));
                log.barrier("2", 2);
                log.awaitBarrier(second, "2");
                assertThat(stored()).isEqualTo(Map.of(1L, Rows.row(1, "a"), 3L, Rows.row(3, "c")));
            }
        }
    }

    @Test
    void aCollectionThatIsDroppedWhileTheSinkRunsEndsItWithARemedyAndTheNextStartFillsItAnew() {
        try (SinkLog log = new SinkLog()) {
            log.snapshotKnown(Rows.COLLECTION);
            try (Running first = log.start(target())) {
                log.upsert(1, Rows.row(1, "a"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
                drop();
                log.upsert(2, Rows.row(2, "b"));
                log.awaitFailure(first);
                assertThat(first.run().exceptionNow())
                        .isInstanceOfSatisfying(FerryException.class, e -> assertThat(e.remedy())
                                .contains("Start ferry again"))
                        .hasMessageContaining("dropped");
            }
            makeAnew();
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(stored()).isEqualTo(Map.of(1L, Rows.row(1, "a"), 2L, Rows.row(2, "b")));
            }
        }
    }

    private void makeAnew() {
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
        }
    }

    private void drop() {
        PythonEnvironment.chroma()
                .run(
                        "import sys, chromadb; chromadb.HttpClient(port=int(sys.argv[1])).delete_collection(sys.argv[2])",
                        Integer.toString(server.port()),
                        collection + "_articles");
    }
}
