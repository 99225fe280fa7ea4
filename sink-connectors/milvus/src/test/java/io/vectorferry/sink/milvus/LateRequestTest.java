package io.vectorferry.sink.milvus;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.milvus.collection.WriteLimits;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.stores.milvus.ServerAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A request that was given up and arrives behind newer writes of the same rows. */
@ExtendWith(SharedServer.class)
final class LateRequestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final MilvusServer server;
    private final String collection = SharedServer.freshName();

    LateRequestTest(MilvusServer server) {
        this.server = server;
    }

    @Test
    void whatWasWrittenSinceStandsAgain() {
        MilvusConfig direct = MilvusConfig.of(server.uri(), collection);
        try (HoldingProxy proxy = HoldingProxy.to(URI.create(server.uri()).getPort());
                MilvusTarget reading = new MilvusTarget("direct", direct);
                MilvusTarget target =
                        new MilvusTarget("vectors", impatient(direct, "http://127.0.0.1:" + proxy.port()));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            apply(writer, batch(1, upsert(1, "first"), upsert(2, "first"), upsert(3, "first")));

            proxy.holdConnections();
            WriteBatch late = batch(2, upsert(1, "late"), upsert(2, "late"), upsert(3, "late"));
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.apply(late))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
            assertThat(proxy.heldBytes()).isPositive();
            proxy.cut();
            apply(writer, late);
            apply(writer, batch(3, upsert(1, "newer"), delete(2)));
            await("what is written").atMost(PATIENCE).untilAsserted(() -> assertThat(bodies(reading))
                    .isEqualTo(Map.of(1L, "newer", 3L, "late")));

            proxy.release();
            await("the late request is carried out").atMost(PATIENCE).untilAsserted(() -> assertThat(bodies(reading))
                    .isEqualTo(Map.of(1L, "late", 2L, "late", 3L, "late")));
            await("what was written since").atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                writer.maintain(false);
                assertThat(bodies(reading)).isEqualTo(Map.of(1L, "newer", 3L, "late"));
            });
        }
    }

    /** Again and again: two seconds are short on a machine that has other work. */
    private static void apply(TargetWriter writer, WriteBatch batch) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            writer.apply(batch);
            return true;
        });
    }

    private static MilvusConfig impatient(MilvusConfig config, String uri) {
        WriteLimits limits = new WriteLimits(
                WriteLimits.DEFAULT_REQUEST_BYTES, WriteLimits.DEFAULT_REQUEST_ROWS, 2, Duration.ofSeconds(2));
        return new MilvusConfig(
                ServerAddress.of(uri),
                config.collection(),
                config.alias(),
                config.vector(),
                config.index(),
                config.typed(),
                config.partitionKey(),
                1,
                limits);
    }

    private static Map<Long, String> bodies(MilvusTarget target) {
        Map<Long, String> bodies = new TreeMap<>();
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(stored -> bodies.put(
                    ((TargetKey.NumberId) stored.id()).value(),
                    ((Value.Text) stored.row().field("body").orElseThrow().value()).value()));
        }
        return bodies;
    }
}
