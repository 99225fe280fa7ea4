package io.vectorferry.stream;

import io.vectorferry.contracts.kafka.DurableLog;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * The clients of Kafka Streams. A transaction is committed only when all of it is durable, and so is what it was made
 * of: after a power loss it exists completely, or it is aborted and repeated.
 */
record DurableCommits(DurableLog log) implements KafkaClientSupplier {
    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new DurableProducer(config, log);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static final class DurableProducer extends KafkaProducer<byte[], byte[]> {
        private final DurableLog log;

        DurableProducer(Map<String, Object> config, DurableLog log) {
            super(config, new ByteArraySerializer(), new ByteArraySerializer());
            this.log = log;
        }

        @Override
        public void commitTransaction() {
            flush();
            log.sync();
            super.commitTransaction();
        }
    }
}
