package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotChunks;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.slot.ServerIdentity;
import io.vectorferry.producer.postgres.slot.TableVersion;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.postgresql.replication.LogSequenceNumber;

/** The generation of each table: the one of its newest snapshot, and the version that the table had then. Safe for any thread. */
public final class TableGenerations {
    private final ControlPublisher publisher;
    private final Set<String> known;
    private final Map<String, SnapshotProgress> recorded = new ConcurrentHashMap<>();
    /** Collections that are marked to be read again, which capture has not come to yet. */
    private final Set<String> outdated = ConcurrentHashMap.newKeySet();
    /** Returns the collections whose generation began after the position from which capture continues now. */
    private final Set<String> ahead = ConcurrentHashMap.newKeySet();

    /**
     * @param versions the tables as they are now, for those of which none is recorded
     * @param captured the place up to which an earlier process captured
     */
    public TableGenerations(
            ControlPublisher publisher, ControlView control, Map<String, TableVersion> versions, long captured) {
        this.publisher = publisher;
        this.known = versions.keySet().stream()
                .filter(collection ->
                        control.get(ControlKey.snapshot(collection)).isPresent())
                .collect(Collectors.toUnmodifiableSet());
        versions.forEach((collection, version) -> control.get(ControlKey.snapshot(collection))
                .map(Control::getSnapshotProgress)
                .ifPresentOrElse(
                        progress -> resume(progress, version, captured),
                        () -> recorded.put(collection, begun(collection, 1, version, 0))));
    }

    /** Records of tables that the pipeline no longer names that their changes are missing from now on. */
    public static void abandonOthers(ControlPublisher publisher, ControlView control, Set<String> named) {
        control.withPrefix(ControlKey.snapshot("").text()).values().stream()
                .map(Control::getSnapshotProgress)
                .filter(progress -> !named.contains(progress.getCollection())
                        && progress.getTableVersion().contains(";")) // else of documents in MongoDB
                .forEach(progress -> {
                    TableVersion version = new TableVersion(progress.getTableVersion());
                    if (!version.isAbandoned()) {
                        SnapshotProgress abandoned = progress.toBuilder()
                                .setTableVersion(version.abandoned().text())
                                .build();
                        publisher.publish(
                                ControlKey.snapshot(progress.getCollection()),
                                Control.newBuilder()
                                        .setSnapshotProgress(abandoned)
                                        .build());
                    }
                });
    }

    private void resume(SnapshotProgress progress, TableVersion version, long captured) {
        String collection = progress.getCollection();
        if (Long.compareUnsigned(captured, progress.getBegunPlace()) < 0) {
            ahead.add(collection);
        }
        if (!progress.getTableVersion().isEmpty()) {
            recorded.put(collection, progress);
            return;
        }
        // Recorded before versions were: from now on, alterations are noticed.
        record(progress.toBuilder().setTableVersion(version.text()).build());
    }

    /** Returns the generation of rows that are read now. */
    public int of(String collection) {
        return progress(collection).getGeneration();
    }

    /**
     * Returns the generation of changes that are captured now: the former one, until capture reaches the position
     * where the present one began.
     */
    public int ofChanges(String collection) {
        return ahead.contains(collection) ? of(collection) - 1 : of(collection);
    }

    /** The table as it was when the generation began, with what was seen since and left no row stale. */
    public TableVersion version(String collection) {
        return new TableVersion(progress(collection).getTableVersion());
    }

    /** Whether the mark is the one at which the present generation began. */
    public boolean passes(TableMark mark) {
        SnapshotProgress present = recorded.getOrDefault(mark.collection(), SnapshotProgress.getDefaultInstance());
        boolean begins = mark.version().equals(present.getTableVersion());
        // The version that is recorded may have moved on since.
        if (begins || new TableVersion(mark.version()).replacedGeneration() == present.getGeneration() - 1) {
            ahead.remove(mark.collection());
        }
        return begins;
    }

    /**
     * Every row that was ever seen of the collection becomes older than what comes now. Recorded when it returns, so
     * that no kill forgets it.
     *
     * @param place of the mark in the log; 0 where a new slot begins
     */
    public synchronized void advance(String collection, TableVersion version, long place) {
        outdated.remove(collection);
        record(begun(collection, of(collection) + 1, version, place));
        ahead.remove(collection);
    }

    /**
     * Records that the table is at another version, at which no row is stale: later ones are compared with this one.
     */
    public synchronized void seen(String collection, TableVersion version) {
        outdated.remove(collection);
        record(progress(collection).toBuilder().setTableVersion(version.text()).build());
    }

    /** Capture is about to publish rows with these columns. */
    synchronized void seenColumns(String collection, TableVersion now) {
        TableVersion before = version(collection);
        TableVersion merged = before.withColumnsOf(now);
        if (!merged.isSameAs(before) && now.columnsStaleness(before).isEmpty()) {
            record(progress(collection).toBuilder()
                    .setTableVersion(merged.text())
                    .build());
        }
    }

    /** Rows of the present generation are stale: it no longer counts as complete, and a newer one begins at the mark. */
    public synchronized void outdated(String collection) {
        if (outdated.add(collection)) {
            record(progress(collection));
        }
    }

    public boolean isOutdated(String collection) {
        return outdated.contains(collection);
    }

    /** How far the snapshot is; a chunk whose record is lost is read again. One of an older generation, which is being stopped, is not recorded. */
    synchronized void progressed(SnapshotProgress progress) {
        SnapshotProgress known = progress(progress.getCollection());
        if (progress.getGeneration() == known.getGeneration()) {
            SnapshotProgress now = progress.toBuilder()
                    .setTableVersion(known.getTableVersion())
                    .build();
            publisher.publishAcknowledged(ControlKey.snapshot(now.getCollection()), message(now));
            recorded.put(now.getCollection(), now);
        }
    }

    /**
     * Like {@link #progressed}, if only the chunks have changed since: what is written does not grow with the table.
     */
    synchronized void chunkDone(SnapshotProgress progress) {
        String collection = progress.getCollection();
        SnapshotProgress known = progress(collection);
        if (progress.getGeneration() == known.getGeneration()) {
            // Not synced: a chunk whose record is lost is read again.
            publisher.publishAcknowledged(
                    ControlKey.snapshotChunks(collection),
                    Control.newBuilder()
                            .setSnapshotChunks(SnapshotChunks.newBuilder()
                                    .setCollection(collection)
                                    .setGeneration(progress.getGeneration())
                                    .setDoneBefore(progress.getDoneBefore())
                                    .setDoneChunks(progress.getDoneChunks())
                                    .setRowsDone(progress.getRowsDone())
                                    .setRowsTotal(progress.getRowsTotal())
                                    .setUpdatedMicros(progress.getUpdatedMicros()))
                            .build());
            recorded.put(
                    collection,
                    progress.toBuilder()
                            .setTableVersion(known.getTableVersion())
                            .build());
        }
    }

    /**
     * Like {@link #advance}, but changes belong to the former generation until capture has reached the mark.
     *
     * @param committedBefore a place behind the commit of the mark
     */
    public synchronized void advanceAtMark(String collection, TableVersion version, long place, long committedBefore) {
        outdated.remove(collection);
        record(begun(collection, of(collection) + 1, version, place).toBuilder()
                .setBegunBefore(committedBefore)
                .build());
        ahead.add(collection);
    }

    /**
     * Fails if everything that was committed up to the place has been captured, and the mark of a generation that began
     * before was not there: the changes of that generation would forever count as older than its snapshot.
     */
    public void requireMarks(long committed) {
        for (String collection : ahead) {
            SnapshotProgress begun = progress(collection);
            long before = begun.getBegunBefore() == 0 ? begun.getBegunPlace() : begun.getBegunBefore();
            if (Long.compareUnsigned(committed, before) > 0) {
                throw ServerIdentity.refused(
                        "its log does not contain the mark at which generation %d of %s begins, before %s: it was restored to an earlier state"
                                .formatted(
                                        begun.getGeneration(),
                                        collection,
                                        LogSequenceNumber.valueOf(before).asString()));
            }
        }
    }

    /** How far the current generation's snapshot is. */
    SnapshotProgress progress(String collection) {
        SnapshotProgress progress = recorded.get(collection);
        if (progress == null) {
            throw new IllegalStateException(collection + " is none of the pipeline's");
        }
        return progress;
    }

    /** 0: this process begins the first one. */
    public int recordedGeneration(String collection) {
        return known.contains(collection) ? of(collection) : 0;
    }

    public boolean isComplete(String collection) {
        return progress(collection).getComplete();
    }

    /** Whether the present generation began at the version of the mark, so that the mark says nothing new. */
    public boolean knows(TableMark mark) {
        TableVersion marked = new TableVersion(mark.version());
        return marked.isSameAs(version(mark.collection())) && marked.replacedGeneration() < of(mark.collection());
    }

    public boolean knewAny() {
        return !known.isEmpty();
    }

    private void record(SnapshotProgress progress) {
        publisher.publish(ControlKey.snapshot(progress.getCollection()), message(progress));
        recorded.put(progress.getCollection(), progress);
    }

    private Control message(SnapshotProgress progress) {
        boolean complete = progress.getComplete() && !outdated.contains(progress.getCollection());
        return Control.newBuilder()
                .setSnapshotProgress(progress.toBuilder().setComplete(complete))
                .build();
    }

    private static SnapshotProgress begun(String collection, int generation, TableVersion version, long place) {
        return SnapshotProgress.newBuilder()
                .setCollection(collection)
                .setGeneration(generation)
                .setTableVersion(version.text())
                .setBegunPlace(place)
                .setStartedMicros(Micros.now())
                .setUpdatedMicros(Micros.now())
                .build();
    }
}
