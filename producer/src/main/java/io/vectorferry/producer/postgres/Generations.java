package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.control.ControlKey;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The generation of each collection: the one of its newest snapshot. Safe for any thread. */
final class Generations {
    private final Map<String, Integer> current = new ConcurrentHashMap<>();
    private final Map<String, SnapshotProgress> recorded = new ConcurrentHashMap<>();

    Generations(ControlView control, List<String> collections) {
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

    /** Every row that was ever seen of the collection becomes older than what comes now. */
    int advance(String collection) {
        recorded.remove(collection);
        return current.merge(collection, 1, Integer::sum);
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
