package io.vectorferry.sink.runner;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.sink.spi.TargetWrite;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The data path: what is polled waits in its collection, is applied, and then its barriers are acknowledged. For one thread. */
final class SinkSession {
    private static final Logger LOG = LoggerFactory.getLogger(SinkSession.class);
    private static final Duration IDLE_WAIT = Duration.ofMillis(200);

    /** Wait for records that may still arrive after a barrier. */
    private static final Duration BARRIER_WAIT = Duration.ofMillis(10);

    private final SinkLimits limits;
    private final RecordsTopicReader reader;
    private final CollectionSinks collections;
    private final BarrierAcknowledger barriers;
    private final SinkProgressPublisher progress;
    private final Clock clock;
    private long waitingBytes;
    private int waitingRecords;
    private long oldestNanos;
    private long nextOffsetsNanos;

    SinkSession(
            SinkLimits limits,
            RecordsTopicReader reader,
            CollectionSinks collections,
            BarrierAcknowledger barriers,
            SinkProgressPublisher progress,
            Clock clock) {
        this.clock = clock;
        this.limits = limits;
        this.reader = reader;
        this.collections = collections;
        this.barriers = barriers;
        this.progress = progress;
        this.nextOffsetsNanos = System.nanoTime() + limits.offsetsInterval().toNanos();
    }

    void step() {
        try {
            advance();
        } catch (SinkGroup.Moved e) {
            LOG.info("partitions were assigned to another process while the target was unavailable");
        }
    }

    private void advance() {
        ConsumerRecords<RecordKey, TargetRecord> polled = reader.poll(pollWait());
        if (reader.takeMoved()) {
            forget();
            if (rewound()) {
                return;
            }
        }
        for (ConsumerRecord<RecordKey, TargetRecord> record : polled) {
            take(record);
        }
        if (isDue(polled.isEmpty())) {
            flush();
        }
        long lag = reader.lag();
        collections.maintain(lag == 0 && waitingRecords == 0);
        commitOffsets();
        progress.tick(lag + waitingRecords);
    }

    /** Applies and commits what was taken, and acknowledges what that makes complete, before a pause. */
    void drain() {
        try {
            reader.requireOwn();
            flush();
            commit();
        } catch (SinkGroup.Moved e) {
            LOG.info("partitions were assigned to another process before a pause: it continues from the last commit");
            forget();
        }
    }

    /** Remains a member of the group while nothing is taken; the lag grows. */
    void rest() {
        reader.rest(IDLE_WAIT);
        progress.tick(reader.lagAtRest());
    }

    private Duration pollWait() {
        if (barriers.isWaiting()) {
            return BARRIER_WAIT;
        }
        if (waitingRecords == 0) {
            return IDLE_WAIT;
        }
        long left = limits.batchWait().toNanos() - (System.nanoTime() - oldestNanos);
        return Duration.ofNanos(Math.max(0, left));
    }

    private boolean isFull() {
        return waitingBytes >= limits.batchBytes() || waitingRecords >= limits.batchRecords();
    }

    private boolean isDue(boolean nothingPolled) {
        boolean old = waitingRecords > 0
                && System.nanoTime() - oldestNanos >= limits.batchWait().toNanos();
        return old || isFull() || (barriers.isWaiting() && (nothingPolled || waitingRecords == 0));
    }

    private void take(ConsumerRecord<RecordKey, TargetRecord> record) {
        TargetWrite.Origin origin = new TargetWrite.Origin(record.partition(), record.offset());
        switch (record.key()) {
            case RecordKey.OfRow(TargetKey key) -> takeWrite(key, record.value(), origin, record);
            case RecordKey.OfBarrier ignored -> {
                if (record.value() instanceof TargetRecord.BarrierMark(Barrier barrier)) {
                    barriers.add(record.partition(), barrier);
                }
            }
        }
    }

    /** @param value null for a tombstone: the consumer never shows one to its deserializer */
    private void takeWrite(
            TargetKey key, @Nullable TargetRecord value, TargetWrite.Origin origin, ConsumerRecord<?, ?> record) {
        switch (value) {
            case null -> collections.add(new TargetWrite.Delete(key, origin));
            case TargetRecord.Upsert upsert ->
                collections.add(new TargetWrite.Upsert(key, upsert, collections.held(upsert.row()), origin));
            case TargetRecord.Delete ignored -> collections.add(new TargetWrite.Delete(key, origin));
            case TargetRecord.BarrierMark ignored -> {
                return;
            }
        }
        if (waitingRecords++ == 0) {
            oldestNanos = System.nanoTime();
        }
        waitingBytes += Math.max(0, record.serializedValueSize());
    }

    private void forget() {
        collections.forget();
        barriers.forget();
        waitingRecords = 0;
        waitingBytes = 0;
    }

    /** A table that was there at the last commit and is gone gets all its rows again; to the others a repetition is nothing new. */
    private boolean rewound() {
        RecordsTopicReader.AtCommit noted = reader.atCommit(clock);
        noted.tables().keySet().forEach(collections::of);
        Optional<String> gone = noted.tables().entrySet().stream()
                .filter(table -> isGone(collections.of(table.getKey()), table.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .or(() -> noted.isComplete() ? Optional.empty() : collections.absent());
        if (gone.isEmpty() && !noted.isFirst()) {
            return false;
        }
        if (noted.isForgotten()) {
            reader.requireNone(collections.filled());
        }
        gone.ifPresent(collection -> LOG.warn(
                "The table of {} no longer exists or was recreated: records are read again from the beginning",
                collection));
        // Before anything makes the table: a process that ends then must not take it for a filled one.
        if (!reader.rewind(clock)) {
            forget();
        }
        return true;
    }

    /** @param noted incarnations, empty ones where version 0.1 noted none */
    private static boolean isGone(CollectionSink sink, Set<String> noted) {
        String now = sink.incarnation().orElse("");
        return !sink.exists() || noted.stream().anyMatch(before -> !before.isEmpty() && !before.equals(now));
    }

    /** All that was polled so far has been taken, so the reader's position is what the batches cover. */
    private void flush() {
        boolean written = waitingRecords > 0;
        if (written) {
            progress.applied(collections.flush(reader.position()));
            waitingRecords = 0;
            waitingBytes = 0;
        }
        if (barriers.isWaiting()) {
            collections.makeReadable();
        }
        if (written && !reader.commit(reader.position(), collections.present())) {
            forget();
        }
        barriers.acknowledge();
    }

    private void commitOffsets() {
        if (waitingRecords == 0 && System.nanoTime() - nextOffsetsNanos >= 0) {
            nextOffsetsNanos = System.nanoTime() + limits.offsetsInterval().toNanos();
            commit();
        }
    }

    private void commit() {
        collections.commit(reader.position());
        reader.commit(reader.position(), collections.present());
    }

    /** Leaves nothing to read again at the next start. Partitions that came during a pause were not looked at, so nothing is said of them. */
    void finish() {
        try {
            reader.requireOwn();
            flush();
            commit();
            if (reader.lag() == 0) {
                collections.settle();
            }
        } catch (SinkGroup.Moved e) {
            LOG.info("partitions were assigned to another process at the end: it continues from the last commit");
        }
        progress.publish();
    }
}
