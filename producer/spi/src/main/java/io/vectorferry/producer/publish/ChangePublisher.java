package io.vectorferry.producer.publish;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the changes of a source. Sends are asynchronous: {@link #flush} returns when all of them are durable, and
 * throws if one was not acknowledged. A record that is too large for the broker becomes a dead letter. Thread-safe.
 */
public final class ChangePublisher implements AutoCloseable {
    private static final String TOO_LARGE =
            "the row is larger than %d bytes, the maximum of a record".formatted(Topics.MAX_RECORD_BYTES);

    /** Who waits for a change flushes; the others send large requests, which cost the broker a fraction of small ones. */
    private static final Duration LINGER = Duration.ofMillis(100);

    private final TopicSpec<SourceKey, Change> changes;
    private final TopicSpec<SourceKey, DeadLetter> deadLetters;
    private final KafkaProducer<SourceKey, Change> producer;
    private final KafkaProducer<SourceKey, DeadLetter> deadLetterProducer;
    private final DurableLog log;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    public ChangePublisher(KafkaConnection kafka, Topics topics) {
        this.changes = topics.changes();
        this.deadLetters = topics.deadLetters();
        this.producer = kafka.producer(changes, LINGER);
        this.deadLetterProducer = kafka.producer(deadLetters);
        this.log = kafka.log();
    }

    /** Sends an upsert or a deletion under its key. */
    public Future<RecordMetadata> send(SourceKey key, Change change) {
        SourcePosition position = positionOf(change); // the callback must not hold the row until it is acknowledged
        return producer.send(new ProducerRecord<>(changes.name(), key, change), (metadata, e) -> {
            if (e instanceof RecordTooLargeException) {
                deadLetter(key, ErrorType.SCHEMA, TOO_LARGE, position);
            } else if (e != null) {
                failure.compareAndSet(null, e);
            }
        });
    }

    /** Sends a truncate, a barrier or the end of a snapshot to every partition, behind all that was sent before by this thread. */
    public void broadcast(Change change) {
        for (int partition = 0; partition < changes.partitions(); partition++) {
            var unused = producer.send(new ProducerRecord<>(changes.name(), partition, null, change), (metadata, e) -> {
                if (e != null) {
                    failure.compareAndSet(null, e);
                }
            });
        }
    }

    /** A row that this stage cannot publish; its content is not kept, since it cannot be read or is too large. */
    public void deadLetter(SourceKey key, ErrorType type, String message, SourcePosition position) {
        DeadLetter letter = new DeadLetter(
                type,
                message,
                "producer",
                false,
                Micros.now(),
                new DeadLetter.Origin("", 0, 0),
                position,
                ByteString.EMPTY);
        var unused = deadLetterProducer.send(new ProducerRecord<>(deadLetters.name(), key, letter), (metadata, e) -> {
            if (e != null) {
                failure.compareAndSet(null, e);
            }
        });
    }

    /** Waits for every send before it; afterwards all of them are durable. */
    public void flush() {
        flushAcknowledged();
        log.sync();
    }

    /** Waits until Kafka has every send before it. */
    public void flushAcknowledged() {
        producer.flush();
        deadLetterProducer.flush();
        check();
    }

    /** Waits until these sends are durable, and every dead letter so far. */
    public void await(Iterable<Future<RecordMetadata>> sends) {
        for (Future<RecordMetadata> send : sends) {
            await(send);
        }
        deadLetterProducer.flush(); // after the sends: one that is too large becomes a letter
        check();
        log.sync();
    }

    private void await(Future<RecordMetadata> send) {
        try {
            send.get();
        } catch (ExecutionException e) {
            // A row that is too large is a dead letter by now.
            if (!(e.getCause() instanceof RecordTooLargeException)) {
                throw FerryException.retryable("a send to " + changes.name() + " failed", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while sending to " + changes.name(), e);
        }
    }

    @Override
    public void close() {
        producer.close();
        deadLetterProducer.close();
    }

    private void check() {
        Exception e = failure.get();
        if (e != null) {
            throw FerryException.retryable("a send to " + changes.name() + " failed: " + e.getMessage(), e);
        }
    }

    private static SourcePosition positionOf(Change change) {
        return change instanceof Change.Upsert upsert ? upsert.position() : SourcePosition.snapshot(1);
    }
}
