package io.vectorferry.producer.publish;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The current generation of each collection, which is that of its newest snapshot. Thread-safe. */
public final class Generations {
    private final ControlPublisher publisher;
    private final Map<String, Integer> current = new ConcurrentHashMap<>();
    private final Map<String, SnapshotProgress> recorded = new ConcurrentHashMap<>();

    public Generations(ControlPublisher publisher, ControlView control, List<String> collections) {
        this.publisher = publisher;
        for (String collection : collections) {
            control.get(ControlKey.snapshot(collection)).ifPresent(message -> {
                recorded.put(collection, message.getSnapshotProgress());
                current.put(collection, message.getSnapshotProgress().getGeneration());
            });
            current.putIfAbsent(collection, 1);
        }
    }

    public int of(String collection) {
        return current.getOrDefault(collection, 1);
    }

    /** Every row that was ever seen of the collection becomes older than what comes now. Recorded when it returns, so that no kill forgets it. */
    public void advance(String collection) {
        advance(SnapshotProgress.newBuilder().setCollection(collection));
    }

    /**
     * Like {@link #advance(String)}.
     *
     * @param rowsHeld rows that the targets hold until the new generation is complete
     */
    public void advance(String collection, long rowsHeld) {
        advance(SnapshotProgress.newBuilder().setCollection(collection).setRowsHeld(rowsHeld));
    }

    private void advance(SnapshotProgress.Builder next) {
        String collection = next.getCollection();
        long now = Micros.now();
        SnapshotProgress begun = next.setGeneration(of(collection) + 1)
                .setStartedMicros(now)
                .setUpdatedMicros(now)
                .build();
        publisher.publish(
                ControlKey.snapshot(collection),
                Control.newBuilder().setSnapshotProgress(begun).build());
        recorded.remove(collection);
        current.put(collection, begun.getGeneration());
    }

    /** Returns what an earlier process recorded of the current generation. */
    public Optional<SnapshotProgress> progress(String collection) {
        return Optional.ofNullable(recorded.get(collection));
    }

    public boolean isComplete(String collection) {
        return progress(collection).map(SnapshotProgress::getComplete).orElse(false);
    }

    public boolean knowsAny() {
        return !recorded.isEmpty();
    }
}
