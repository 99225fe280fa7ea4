package io.vectorferry.sink.lancedb;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.SinkLog;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.contracttests.SinkStageContract;
import io.vectorferry.sink.spi.Target;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SinkStageTest implements SinkStageContract {
    @TempDir
    Path store;

    @Override
    public Target target() {
        return new LanceDbTarget("lake", LanceDbConfig.of(store.toString(), "${collection}"));
    }

    @Test
    void aTableFilledFromAnotherLogIsRefused(@TempDir Path directory) {
        try (Target target = target();
                var writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(5_000, Rows.upsert(1, "a")));
        }
        try (SinkLog log = new SinkLog(directory)) {
            log.upsert(1, Rows.row(1, "b"));
            log.snapshotKnown(Rows.COLLECTION);
            try (Running running = log.start(target())) {
                log.awaitFailure(running);
                FerryException failure = (FerryException) running.run().exceptionNow();
                assertThat(failure.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                assertThat(failure.getMessage()).contains("another log");
            }
        }
    }
}
