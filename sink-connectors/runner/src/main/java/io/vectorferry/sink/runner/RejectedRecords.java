package io.vectorferry.sink.runner;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetWrite;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sends what the target cannot hold to dead letters. Before an offset counts as consumed, {@link #await} the letters
 * before it. For one thread.
 */
final class RejectedRecords implements AutoCloseable {
    /** Left free of the largest record for what a letter says beside the record that was refused, and for its key. */
    private static final int ENVELOPE_BYTES = 32 * 1024;

    private static final int MAX_ORIGINAL_BYTES = Topics.MAX_RECORD_BYTES - ENVELOPE_BYTES;

    private final String stage;
    private final Topics topics;
    private final DurableLog log;
    private final Clock clock;
    private final KafkaProducer<SourceKey, DeadLetter> producer;
    private final List<Future<?>> sent = new ArrayList<>();

    RejectedRecords(String target, KafkaConnection kafka, Topics topics, Clock clock) {
        this.stage = "sink/" + target;
        this.topics = topics;
        this.log = kafka.log();
        this.clock = clock;
        this.producer = kafka.producer(topics.deadLetters());
    }

    void publish(TargetWrite.Upsert upsert, Rejection rejection) {
        byte[] bytes = Codecs.RECORD.encode(upsert.record());
        ByteString original = bytes == null || bytes.length > MAX_ORIGINAL_BYTES
                ? ByteString.EMPTY
                : UnsafeByteOperations.unsafeWrap(bytes);
        send(
                upsert.record().sourceKey(),
                letter(rejection, upsert.origin(), upsert.record().position(), original));
    }

    /** Rejects bytes that are not a record of ours; their key is unknown. */
    void publishUnreadable(TargetWrite.Origin origin, ByteString bytes) {
        Rejection rejection = new Rejection(ErrorType.DATA_CORRUPTION, "the bytes are not a record");
        send(new SourceKey("", List.of()), letter(rejection, origin, SourcePosition.snapshot(0), bytes));
    }

    private DeadLetter letter(
            Rejection rejection, TargetWrite.Origin origin, SourcePosition position, ByteString original) {
        return new DeadLetter(
                rejection.type(),
                rejection.message(),
                stage,
                true,
                Micros.now(clock),
                new DeadLetter.Origin(topics.records().name(), origin.partition(), origin.offset()),
                position,
                original);
    }

    private void send(SourceKey key, DeadLetter letter) {
        sent.add(producer.send(new ProducerRecord<>(topics.deadLetters().name(), key, letter)));
    }

    /** Returns when every letter that was published is durable: the target will say that it is past the records. */
    void await() {
        if (sent.isEmpty()) {
            return;
        }
        try {
            for (Future<?> letter : sent) {
                letter.get();
            }
            sent.clear();
            log.sync();
        } catch (ExecutionException e) {
            throw FerryException.retryable("the dead-letters topic rejected a record", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while writing a dead letter", e);
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
