package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.contracts.wire.TypeName;
import io.vectorferry.producer.rescan.memory.FollowedCollection;
import io.vectorferry.producer.rescan.memory.PublishedRows;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The progress of a generation's first scan, published in {@code control} for the status, and its generation, for the
 * next start. Safe for any thread.
 */
public final class ScanProgress {
    private final ControlPublisher control;
    private final String collection;
    private final PublishedRows.Identity identity;
    private final Map<String, FieldType.Name> types;
    private final long heldBefore;
    private final long startedMicros = Micros.now();
    private final AtomicLong done = new AtomicLong();
    private volatile long total;

    /** @param heldBefore rows of the generation before, which the targets hold until this one is complete */
    ScanProgress(
            ControlPublisher control,
            String collection,
            PublishedRows.Identity identity,
            Map<String, FieldType.Name> types,
            long heldBefore) {
        this.control = control;
        this.collection = collection;
        this.identity = identity;
        this.types = types;
        this.heldBefore = heldBefore;
    }

    /** Creates the progress of a collection without records. */
    ScanProgress(ControlPublisher control, String collection, PublishedRows.Identity identity) {
        this(control, collection, identity, Map.of(), 0);
    }

    /** Records the types of a generation that an earlier version began, which kept them in its own memory alone. */
    static void recordTypes(ControlPublisher control, ControlView view, FollowedCollection followed) {
        ControlKey key = ControlKey.snapshot(followed.collection().name());
        Map<String, TypeName> types = settled(followed.published().types());
        view.get(key)
                .map(Control::getSnapshotProgress)
                .filter(recorded -> !recorded.getFieldTypesMap().equals(types))
                .ifPresent(recorded -> control.publish(
                        key,
                        Control.newBuilder()
                                .setSnapshotProgress(
                                        recorded.toBuilder().clearFieldTypes().putAllFieldTypes(types))
                                .build()));
    }

    /** Recorded when it returns. */
    void began(long rows) {
        total = rows;
        control.publish(ControlKey.snapshot(collection), message(false));
    }

    public void read(int rows) {
        done.addAndGet(rows);
        var unused = control.send(ControlKey.snapshot(collection), message(false));
    }

    /** Recorded when it returns. */
    public void complete(long rows) {
        done.set(rows);
        total = rows;
        control.publish(ControlKey.snapshot(collection), message(true));
    }

    private static Map<String, TypeName> settled(Map<String, FieldType.Name> types) {
        Map<String, TypeName> settled = new TreeMap<>();
        types.forEach((field, type) -> settled.put(field, TypeName.valueOf(type.name())));
        return settled;
    }

    private Control message(boolean complete) {
        return Control.newBuilder()
                .setSnapshotProgress(SnapshotProgress.newBuilder()
                        .setCollection(collection)
                        .setGeneration(identity.generation())
                        .setCollectionId(identity.collectionId())
                        .setMemoryId(identity.memoryId())
                        .setRowsDone(done.get())
                        .setRowsTotal(Math.max(total, done.get()))
                        .setComplete(complete)
                        .setRowsHeld(complete ? done.get() : Math.max(heldBefore, done.get()))
                        .putAllFieldTypes(settled(types))
                        .setStartedMicros(startedMicros)
                        .setUpdatedMicros(Micros.now()))
                .build();
    }
}
