package io.vectorferry.producer.postgres.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.base.QueueProvider;
import io.debezium.pipeline.DataChangeEvent;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AwaitedQueueTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final AwaitedQueue queue = new AwaitedQueue();

    @BeforeEach
    void start() {
        queue.configure(Map.of("max.queue.size", "8"));
    }

    private static DataChangeEvent event() {
        return new DataChangeEvent(new SourceRecord(Map.of(), Map.of(), "t", Schema.STRING_SCHEMA, "v"));
    }

    @Test
    void whoeverWaitsHearsOfAnEventAtOnceAndOfNoneAfterItsTime() throws Exception {
        assertThat(queue.await(Duration.ofMillis(1))).isFalse();
        CompletableFuture<Boolean> waiting = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                waiting.complete(queue.await(LONG));
            } catch (InterruptedException e) {
                waiting.completeExceptionally(e);
            }
        });
        DataChangeEvent event = event();
        queue.enqueue(event);
        assertThat(waiting.join()).isTrue();
        assertThat(queue.await(LONG)).as("as long as it is there").isTrue();
        assertThat(queue.poll()).isSameAs(event);
        assertThat(queue.await(Duration.ofMillis(1))).isFalse();
    }

    @Test
    void whatIsLeftOfSeveralIsNotWaitedFor() throws Exception {
        queue.enqueue(event());
        queue.enqueue(event());
        assertThat(queue.poll()).isNotNull();
        assertThat(queue.await(LONG)).isTrue();
    }

    @Test
    void debeziumFindsItByItsName() {
        assertThat(ServiceLoader.load(QueueProvider.class))
                .filteredOn(found -> found.name().equals(AwaitedQueue.NAME))
                .hasSize(1)
                .hasOnlyElementsOfType(AwaitedQueue.class);
    }
}
