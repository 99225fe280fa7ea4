package io.vectorferry.contracts.control;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotChunks;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;

/** The last message of every control key. {@link #refresh} belongs to one thread; the reads are safe for any. */
public final class ControlView implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 5_000;

    private final TopicReader<ControlKey, Control> reader;
    private final ConcurrentSkipListMap<String, Control> latest = new ConcurrentSkipListMap<>();
    private final ConcurrentHashMap<String, Long> offsets = new ConcurrentHashMap<>();
    private final List<Follower> followers = new ArrayList<>();
    private volatile long end;
    private volatile long newestMillis;

    private record Follower(String prefix, BiConsumer<String, Control> changes) {}

    public ControlView(KafkaConnection kafka, TopicSpec<ControlKey, Control> topic) {
        reader = new TopicReader<>(kafka, topic, MAX_POLL_RECORDS);
    }

    /** Reads until nothing committed before the call is unread. */
    public void refresh() {
        reader.readToEnd(this::take);
        end = reader.position(0);
    }

    /** Waits up to {@code wait} for something new and takes it. Returns whether there was any. */
    public boolean poll(Duration wait) {
        ConsumerRecords<ControlKey, Control> polled = reader.poll(wait);
        take(polled);
        return !polled.isEmpty();
    }

    /**
     * Returns the position of the view's end in the order of barriers: every barrier announced after its last update
     * has a greater sequence.
     */
    public long sequence() {
        return end;
    }

    /** The newest barrier that was announced. */
    public Optional<Barrier> announcedBarrier() {
        return get(ControlKey.barrierRequest())
                .map(control -> control.getBarrierRequest().getBarrier())
                .map(wire -> new Barrier(
                        wire.getId(), wire.getIssuedMicros(), "", wire.getSequence(), wire.getAcknowledged()));
    }

    public Optional<Control> get(ControlKey key) {
        return Optional.ofNullable(latest.get(key.text()));
    }

    /** Returns whether the value of the key was written at this offset or after it. */
    public boolean isWrittenSince(ControlKey key, long offset) {
        return offsets.getOrDefault(key.text(), -1L) >= offset;
    }

    /** Returns when the newest message in the view was written; empty if the view has none. */
    public Optional<Instant> newest() {
        long millis = newestMillis;
        return millis == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    /** Every key that starts so, in order, as a copy. */
    public Map<String, Control> withPrefix(String prefix) {
        return new TreeMap<>(latest.subMap(prefix, prefix + Character.MAX_VALUE));
    }

    /**
     * Shows every key that starts so, now and whenever it changes, in the thread that refreshes: for what are too many to be
     * copied again and again. A key that is removed is shown with nothing set.
     */
    public void follow(String prefix, BiConsumer<String, Control> changes) {
        latest.subMap(prefix, prefix + Character.MAX_VALUE).forEach(changes);
        followers.add(new Follower(prefix, changes));
    }

    private void take(ConsumerRecords<ControlKey, Control> polled) {
        for (var record : polled) {
            String key = record.key().text();
            @Nullable
            Control value = record.value(); // null for a tombstone: the consumer never shows one to its deserializer
            Control now = value == null
                    ? Control.getDefaultInstance()
                    : EarlierMessages.current(record.key(), placed(value, record.offset()));
            if (now.getKindCase() == Control.KindCase.KIND_NOT_SET) {
                latest.remove(key);
                offsets.remove(key);
            } else if (now.hasSnapshotChunks()) {
                merge(now.getSnapshotChunks());
            } else {
                offsets.put(key, record.offset());
                latest.put(key, now);
            }
            newestMillis = Math.max(newestMillis, record.timestamp());
            for (Follower follower : followers) {
                if (key.startsWith(follower.prefix())) {
                    follower.changes().accept(key, now);
                }
            }
        }
        end = reader.position(0);
    }

    /** The chunks of another generation, or of a snapshot that was restarted since, are ignored. */
    private void merge(SnapshotChunks chunks) {
        latest.computeIfPresent(ControlKey.snapshot(chunks.getCollection()).text(), (key, control) -> {
            SnapshotProgress progress = control.getSnapshotProgress();
            return progress.getGeneration() != chunks.getGeneration()
                    ? control
                    : Control.newBuilder()
                            .setSnapshotProgress(progress.toBuilder()
                                    .setDoneBefore(chunks.getDoneBefore())
                                    .setDoneChunks(chunks.getDoneChunks())
                                    .setRowsDone(chunks.getRowsDone())
                                    .setRowsTotal(chunks.getRowsTotal())
                                    .setUpdatedMicros(chunks.getUpdatedMicros()))
                            .build();
        });
    }

    /** The sequence of an announced barrier is known only by its offset. */
    private static Control placed(Control control, long offset) {
        if (!control.hasBarrierRequest()) {
            return control;
        }
        Control.Builder placed = control.toBuilder();
        placed.getBarrierRequestBuilder().getBarrierBuilder().setSequence(BarrierAnnouncer.sequence(offset));
        return placed.build();
    }

    @Override
    public void close() {
        reader.close();
    }
}
