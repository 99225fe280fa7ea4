package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/** Where the documents' side is, in {@code control}: the snapshot's last {@code _id} and the change stream's resume token. For one thread. */
final class DocumentProgress {
    /** Apart from {@link ControlKey#capture}, which is the vectors'. */
    private static final ControlKey CAPTURE = new ControlKey("capture-of-documents");
    /** Stands where the snapshot of the documents is read, while that of the vectors may go on. */
    private static final String READ = "read";

    private static final long MICROS_PER_MILLI = 1_000;

    private final ControlPublisher control;
    private final ControlView view;
    private final String collection;
    private final List<String> vectors;

    DocumentProgress(ControlPublisher control, ControlView view, String collection, List<String> vectors) {
        this.control = control;
        this.view = view;
        this.collection = collection;
        this.vectors = List.copyOf(vectors);
    }

    /** @param order within the changes of one cluster time */
    record Place(BsonTimestamp time, int order, Optional<BsonDocument> token) {}

    SnapshotProgress snapshot() {
        return view.get(ControlKey.snapshot(collection))
                .map(Control::getSnapshotProgress)
                .orElse(SnapshotProgress.getDefaultInstance());
    }

    boolean isRead() {
        return snapshot().getTableVersion().equals(READ);
    }

    Optional<BsonValue> lastId() {
        String last = snapshot().getIncarnation();
        return last.isEmpty()
                ? Optional.empty()
                : Optional.of(BsonDocument.parse(last).get("_id", BsonNull.VALUE));
    }

    /** Recorded when it returns. */
    void began(int generation, long total) {
        publish(snapshot().toBuilder()
                .clear()
                .setCollection(collection)
                .setGeneration(generation)
                .setRowsTotal(total)
                .setStartedMicros(nowMicros()));
    }

    /** Recorded when it returns: what is before it is durable. */
    void read(BsonValue lastId, long done) {
        SnapshotProgress now = snapshot();
        publish(now.toBuilder()
                .setIncarnation(new BsonDocument("_id", lastId).toJson())
                .setRowsDone(done)
                .setRowsTotal(Math.max(now.getRowsTotal(), done)));
    }

    void readAll() {
        SnapshotProgress now = snapshot();
        publish(now.toBuilder().setTableVersion(READ).setRowsTotal(now.getRowsDone()));
    }

    /** The joined snapshot is complete when both are. */
    void completeWithVectors() {
        boolean complete = isRead() && vectors.stream().allMatch(this::isComplete);
        if (complete && !snapshot().getComplete()) {
            publish(snapshot().toBuilder().setComplete(true));
        }
    }

    private boolean isComplete(String ofVectors) {
        return view.get(ControlKey.snapshot(ofVectors))
                .map(message -> message.getSnapshotProgress().getComplete())
                .orElse(false);
    }

    Optional<Place> place() {
        return view.get(CAPTURE).map(Control::getCaptureProgress).map(captured -> {
            String token = captured.getSlot();
            return new Place(
                    new BsonTimestamp(captured.getPlace()),
                    Math.toIntExact(captured.getLagBytes()),
                    token.isEmpty() ? Optional.empty() : Optional.of(BsonDocument.parse(token)));
        });
    }

    /** Recorded when it returns. */
    void captured(Place place) {
        control.publish(
                CAPTURE,
                Control.newBuilder()
                        .setCaptureProgress(CaptureProgress.newBuilder()
                                .setPlace(place.time().getValue())
                                .setLagBytes(place.order())
                                .setSlot(place.token().map(BsonDocument::toJson).orElse(""))
                                .setSourcePosition(text(place.time()))
                                .setUpdatedMicros(nowMicros()))
                        .build());
        view.refresh();
    }

    static String text(BsonTimestamp time) {
        return time.getTime() + "." + time.getInc();
    }

    static long nowMicros() {
        return Instant.now().toEpochMilli() * MICROS_PER_MILLI;
    }

    private void publish(SnapshotProgress.Builder progress) {
        control.publish(
                ControlKey.snapshot(collection),
                Control.newBuilder()
                        .setSnapshotProgress(progress.setUpdatedMicros(nowMicros()))
                        .build());
        view.refresh();
    }
}
