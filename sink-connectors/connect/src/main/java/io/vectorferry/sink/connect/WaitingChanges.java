package io.vectorferry.sink.connect;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.connect.reading.IncomingRow;
import io.vectorferry.sink.connect.reading.RecordIntent;
import io.vectorferry.sink.connect.reading.RecordIntent.LogPosition;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** The last change of each key that is not written yet. What the source's log has as older never replaces what is newer. For one thread. */
public final class WaitingChanges {
    record Waiting(SinkRecord record, RecordIntent.OfRow change) {}

    private final Map<TargetKey.Id, Waiting> byId = new LinkedHashMap<>();
    private final Set<TargetKey.Id> staleDeletions = new HashSet<>();

    /** Whether something newer waits; a tombstone is as old as the deletion that it follows. */
    boolean isStale(RecordIntent.OfRow change) {
        boolean tombstone = change instanceof RecordIntent.Delete delete && delete.tombstone();
        if (tombstone && staleDeletions.remove(change.id())) {
            return true;
        }
        staleDeletions.remove(change.id());
        Optional<LogPosition> before = Optional.ofNullable(byId.get(change.id()))
                .flatMap(waiting -> waiting.change().position());
        boolean stale = before.isPresent()
                && change.position()
                        .filter(own -> own.isStaleAfter(before.get()))
                        .isPresent();
        if (stale && change instanceof RecordIntent.Delete) {
            staleDeletions.add(change.id());
        }
        return stale;
    }

    /** The change with what its log left out taken from what waits for the same key; empty when that is a deletion. */
    Optional<RecordIntent.Upsert> completed(RecordIntent.Upsert upsert) {
        @Nullable Waiting before = byId.get(upsert.id());
        if (before == null || upsert.row().isComplete()) {
            return Optional.of(upsert);
        }
        return switch (before.change()) {
            case RecordIntent.Delete ignored -> complete(upsert, upsert.row().withoutBefore());
            case RecordIntent.Upsert earlier ->
                earlier.row().isComplete()
                        ? complete(upsert, upsert.row().filledFrom(earlier.row().row()))
                        : Optional.of(upsert.row().over(earlier.row()))
                                .map(row ->
                                        new RecordIntent.Upsert(upsert.table(), upsert.id(), row, upsert.position()));
        };
    }

    /** @param stored the target's row */
    Optional<RecordIntent.Upsert> filled(Waiting hole, Optional<Row> stored) {
        return switch (hole.change()) {
            case RecordIntent.Delete ignored -> Optional.empty();
            case RecordIntent.Upsert upsert ->
                complete(
                        upsert,
                        stored.isPresent()
                                ? upsert.row().filledFrom(stored.get())
                                : upsert.row().withoutBefore());
        };
    }

    private static Optional<RecordIntent.Upsert> complete(RecordIntent.Upsert upsert, Optional<Row> row) {
        return row.map(whole ->
                new RecordIntent.Upsert(upsert.table(), upsert.id(), IncomingRow.known(whole), upsert.position()));
    }

    public void put(SinkRecord record, RecordIntent.OfRow change) {
        byId.put(change.id(), new Waiting(record, change));
    }

    public void remove(TargetKey.Id id) {
        byId.remove(id);
    }

    List<Waiting> incomplete() {
        return byId.values().stream()
                .filter(waiting -> waiting.change() instanceof RecordIntent.Upsert upsert
                        && !upsert.row().isComplete())
                .toList();
    }

    SinkRecord recordOf(TargetKey.Id id) {
        Waiting waiting = byId.get(id);
        if (waiting == null) {
            throw new IllegalStateException("no change of that key waits");
        }
        return waiting.record();
    }

    void removeIf(Predicate<SinkRecord> gone) {
        byId.values().removeIf(waiting -> gone.test(waiting.record()));
    }

    public void forEach(Consumer<Waiting> each) {
        byId.values().forEach(each);
    }

    /** The rows of the upserts that wait, as far as they are known. */
    Stream<Row> rows() {
        return byId.values().stream()
                .filter(waiting -> waiting.change() instanceof RecordIntent.Upsert)
                .map(waiting -> ((RecordIntent.Upsert) waiting.change()).row().row());
    }

    void replaceRows(UnaryOperator<Row> by) {
        byId.replaceAll((id, waiting) -> switch (waiting.change()) {
            case RecordIntent.Upsert upsert ->
                new Waiting(waiting.record(), upsert.of(by.apply(upsert.row().row())));
            case RecordIntent.Delete ignored -> waiting;
        });
    }

    public int size() {
        return byId.size();
    }

    public boolean isEmpty() {
        return byId.isEmpty();
    }

    void clear() {
        byId.clear();
        staleDeletions.clear();
    }
}
