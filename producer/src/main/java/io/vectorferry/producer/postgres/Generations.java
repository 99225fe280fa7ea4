package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.control.ControlKey;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The generation of each collection: the one of its newest snapshot. Safe for any thread. */
final class Generations {
    private final ControlPublisher publisher;
    private final Map<String, Integer> current = new ConcurrentHashMap<>();
    private final Map<String, SnapshotProgress> recorded = new ConcurrentHashMap<>();

    Generations(ControlPublisher publisher, ControlView control, List<String> collections) {
        this.publisher = publisher;
        for (String collection : collections) {
            control.get(ControlKey.snapshot(collection)).ifPresent(message -> {
                recorded.put(collection, message.getSnapshotProgress());
                current.put(collection, message.getSnapshotProgress().getGeneration());
            });
            current.putIfAbsent(collection, 1);
        }
    }

    int of(String collection) {
        return current.getOrDefault(collection, 1);
    }

    /** Every row that was ever seen of the collection becomes older than what comes now. Recorded when it returns, so that no kill forgets it. */
    void advance(String collection) {
        SnapshotProgress begun = SnapshotProgress.newBuilder()
                .setCollection(collection)
                .setGeneration(of(collection) + 1)
                .setStartedMicros(SnapshotState.nowMicros())
                .setUpdatedMicros(SnapshotState.nowMicros())
                .build();
        publisher.publish(
                ControlKey.snapshot(collection),
                Control.newBuilder().setSnapshotProgress(begun).build());
        recorded.remove(collection);
        current.put(collection, begun.getGeneration());
    }

    /** What an earlier process recorded of the current generation. */
    Optional<SnapshotProgress> progress(String collection) {
        return Optional.ofNullable(recorded.get(collection));
    }

    boolean isComplete(String collection) {
        return progress(collection).map(SnapshotProgress::getComplete).orElse(false);
    }

    boolean knowsAny() {
        return !recorded.isEmpty();
    }
}
