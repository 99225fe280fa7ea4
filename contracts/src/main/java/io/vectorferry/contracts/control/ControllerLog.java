package io.vectorferry.contracts.control;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;

/**
 * Writes to {@code control} for the one controller of a pipeline. Opening it shuts out the controller before it: Kafka lets
 * only the newest holder of the transactional id commit. For one thread at a time.
 */
public final class ControllerLog implements AutoCloseable {
    private static final Duration VISIBLE_PAUSE = Duration.ofMillis(2);

    private final TopicSpec<ControlKey, Control> topic;
    private final KafkaProducer<ControlKey, Control> producer;
    private final Admin admin;
    private final DurableLog log;
    private volatile boolean isFenced;

    private ControllerLog(
            TopicSpec<ControlKey, Control> topic,
            KafkaProducer<ControlKey, Control> producer,
            Admin admin,
            DurableLog log) {
        this.topic = topic;
        this.producer = producer;
        this.admin = admin;
        this.log = log;
    }

    /** Returns when no earlier controller can commit any more; what they committed can be read from then on. */
    public static ControllerLog take(KafkaConnection kafka, TopicSpec<ControlKey, Control> topic) {
        KafkaProducer<ControlKey, Control> producer = kafka.transactionalProducer(topic, topic.name() + ".controller");
        try {
            producer.initTransactions();
            return new ControllerLog(topic, producer, kafka.admin(), kafka.log());
        } catch (RuntimeException e) {
            producer.close();
            if (e instanceof RetriableException || !(e instanceof KafkaException)) {
                throw e;
            }
            throw FerryException.misconfigured(
                    "the control of the pipeline could not be taken: " + e.getMessage(),
                    "Allow the user of kafka: to write with the transactional id %s.controller."
                            .formatted(topic.name()),
                    e);
        }
    }

    /**
     * Returns when all records are durable and readers see them. After a failure readers see all of them or none, and this is
     * of no more use.
     */
    public void commit(Map<ControlKey, Control> records) {
        try {
            producer.beginTransaction();
            List<Future<RecordMetadata>> sends = new ArrayList<>();
            records.forEach(
                    (key, control) -> sends.add(producer.send(new ProducerRecord<>(topic.name(), key, control))));
            long last = -1;
            for (Future<RecordMetadata> one : sends) {
                last = Math.max(last, one.get().offset());
            }
            producer.commitTransaction();
            awaitVisible(last);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (KafkaException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while writing an event of the life cycle", e);
        }
        log.sync();
    }

    /** The coordinator ends a transaction in the topic after it has confirmed the commit. */
    private void awaitVisible(long offset) throws ExecutionException, InterruptedException {
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        ListOffsetsOptions committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        while (admin.listOffsets(Map.of(partition, OffsetSpec.latest()), committed)
                        .partitionResult(partition)
                        .get()
                        .offset()
                <= offset) {
            Thread.sleep(VISIBLE_PAUSE);
        }
    }

    /** Whether a commit failed because another controller has taken over. */
    public boolean isFenced() {
        return isFenced;
    }

    private FerryException failed(Throwable e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) {
                isFenced = true;
            }
        }
        return FerryException.retryable("an event of the life cycle could not be written", e);
    }

    @Override
    public void close() {
        producer.close();
        admin.close(Duration.ZERO);
    }
}
