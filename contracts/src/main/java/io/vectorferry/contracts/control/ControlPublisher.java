package io.vectorferry.contracts.control;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Writes to {@code control}. Safe for any thread. */
public final class ControlPublisher implements AutoCloseable {
    private final TopicSpec<ControlKey, Control> topic;
    private final KafkaProducer<ControlKey, Control> producer;
    private final DurableLog log;
    private final String brokers;

    public ControlPublisher(KafkaConnection kafka, TopicSpec<ControlKey, Control> topic) {
        this.topic = topic;
        this.brokers = kafka.bootstrapServers();
        this.producer = kafka.producer(topic);
        this.log = kafka.log();
    }

    /** Whom it writes to, as the status names it. */
    String asks() {
        return "Kafka at " + brokers;
    }

    /** Returns the record's offset when it is durable. */
    public long publish(ControlKey key, Control control) {
        long offset = publishAcknowledged(key, control);
        log.sync();
        return offset;
    }

    /** Returns the record's offset when the broker has it; {@link DurableLog#sync} makes it durable. */
    public long publishAcknowledged(ControlKey key, Control control) {
        try {
            return send(key, control).get().offset();
        } catch (ExecutionException e) {
            throw FerryException.retryable("the control topic rejected " + key.text(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while writing " + key.text(), e);
        }
    }

    /** Sends all at once and returns when they are durable. */
    public void publishAll(Map<ControlKey, Control> records) {
        List<Future<RecordMetadata>> sends = new ArrayList<>();
        records.forEach((key, control) -> sends.add(send(key, control)));
        try {
            for (Future<RecordMetadata> one : sends) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw FerryException.retryable("the control topic rejected a record", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while writing to the control topic", e);
        }
        log.sync();
    }

    /** Publishes asynchronously, for progress that the next message replaces. */
    public Future<RecordMetadata> send(ControlKey key, Control control) {
        return producer.send(new ProducerRecord<>(topic.name(), key, control));
    }

    /** Takes the key out of every view, and in time out of the log. Sent when the publisher is closed, or sooner. */
    public void remove(ControlKey key) {
        var unused = producer.send(new ProducerRecord<>(topic.name(), key, null));
    }

    @Override
    public void close() {
        producer.close();
    }
}
