package io.vectorferry.producer.mongo.capture;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DocumentCapture;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.contracts.wire.TypeName;
import io.vectorferry.producer.mongo.documents.CollectionIdentity;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/**
 * The progress of the documents' side, in {@code control}: the snapshot's last {@code _id} and the change stream's
 * resume token. For one thread, unless stated otherwise.
 */
public final class DocumentProgress {
    /** Marks in the records of version 0.1, as the table's version, that the documents are read. */
    private static final String READ = "read";

    private final ControlPublisher control;
    private final ControlView view;
    private final String collection;
    private final List<String> vectors;
    private volatile boolean followed;

    public DocumentProgress(ControlPublisher control, ControlView view, String collection, List<String> vectors) {
        this.control = control;
        this.view = view;
        this.collection = collection;
        this.vectors = List.copyOf(vectors);
    }

    /** @param order within the changes of one cluster time */
    public record Place(BsonTimestamp time, int order, Optional<BsonDocument> token) {
        public static Place at(BsonTimestamp time) {
            return new Place(time, 0, Optional.empty());
        }
    }

    public SnapshotProgress snapshot() {
        return view.get(ControlKey.snapshot(collection))
                .map(Control::getSnapshotProgress)
                .orElse(SnapshotProgress.getDefaultInstance());
    }

    boolean isRead() {
        return snapshot().getDocumentsRead() || snapshot().getTableVersion().equals(READ);
    }

    Optional<BsonValue> lastId() {
        SnapshotProgress now = snapshot();
        String last = now.getLastId().isEmpty() ? now.getIncarnation() : now.getLastId(); // by version 0.1
        return last.isEmpty()
                ? Optional.empty()
                : Optional.of(BsonDocument.parse(last).get("_id", BsonNull.VALUE));
    }

    /**
     * One record, so that no kill leaves a generation without the place from which its changes are read. Recorded when
     * it returns.
     */
    void began(int generation, long total, BsonTimestamp from, CollectionIdentity source, DocumentTypes types) {
        publish(snapshot().toBuilder()
                .clear()
                .setCollection(collection)
                .setGeneration(generation)
                .setRowsTotal(total)
                .setBegunPlace(from.getValue())
                .setSourceIdentity(source.text())
                .putAllFieldTypes(wire(types))
                .setStartedMicros(Micros.now()));
    }

    /** Records what the snapshot waits for before a generation begins. Recorded when it returns. */
    public void waitsFor(String what) {
        if (!snapshot().getWaitsFor().equals(what)) {
            publish(snapshot().toBuilder().setCollection(collection).setWaitsFor(what));
        }
    }

    CollectionIdentity identity() {
        return CollectionIdentity.parse(snapshot().getSourceIdentity());
    }

    /** Records the server's present identity, which matches the recorded one. */
    void identified(CollectionIdentity source) {
        if (!source.equals(identity())) {
            publish(snapshot().toBuilder().setSourceIdentity(source.text()));
        }
    }

    /** The types of the generation; empty as long as there is none. In one that an earlier release began each value has the type of its kind. */
    public static Optional<DocumentTypes> types(ControlView view, MongoConfig config) {
        return view.get(ControlKey.snapshot(config.collection()))
                .map(Control::getSnapshotProgress)
                .filter(recorded -> recorded.getGeneration() > 0)
                .map(recorded -> {
                    Map<String, FieldType.Name> types = new TreeMap<>();
                    recorded.getFieldTypesMap()
                            .forEach((field, type) -> types.put(field, FieldType.Name.valueOf(type.name())));
                    return recorded.getBegunPlace() == 0
                            ? DocumentTypes.none(List.of())
                            : DocumentTypes.recorded(config.fields(), types);
                });
    }

    public DocumentTypes types(MongoConfig config) {
        return types(view, config).orElseGet(() -> DocumentTypes.none(config.fields()));
    }

    /** Records the types that these documents are the first to show, before they are published. */
    public void settle(DocumentTypes types, List<BsonDocument> documents) {
        if (types.settle(documents)) {
            publish(snapshot().toBuilder().putAllFieldTypes(wire(types)));
        }
    }

    private static Map<String, TypeName> wire(DocumentTypes types) {
        Map<String, TypeName> wire = new TreeMap<>();
        types.settled().forEach((field, type) -> wire.put(field, TypeName.valueOf(type.name())));
        return wire;
    }

    /** Recorded when it returns: what is before it is durable. */
    public void read(BsonValue lastId, long done) {
        SnapshotProgress now = snapshot();
        publish(now.toBuilder()
                .setLastId(new BsonDocument("_id", lastId).toJson())
                .setRowsDone(done)
                .setRowsTotal(Math.max(now.getRowsTotal(), done)));
    }

    void readAll() {
        SnapshotProgress now = snapshot();
        publish(now.toBuilder().setDocumentsRead(true).setRowsTotal(now.getRowsDone()));
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

    /** Returns the position from which the generation's changes are read. */
    Optional<Place> place() {
        SnapshotProgress of = snapshot();
        return view.get(ControlKey.captureOfDocuments())
                .map(Control::getDocumentCapture)
                .filter(captured -> of.getBegunPlace() == 0 || captured.getGeneration() == of.getGeneration())
                .map(captured -> {
                    String token = captured.getResumeToken();
                    return new Place(
                            new BsonTimestamp(captured.getPlace()),
                            captured.getOrder(),
                            token.isEmpty() ? Optional.empty() : Optional.of(BsonDocument.parse(token)));
                })
                .or(() -> of.getBegunPlace() == 0
                        ? Optional.empty()
                        : Optional.of(Place.at(new BsonTimestamp(of.getBegunPlace()))));
    }

    /** Recorded when it returns. */
    void captured(Place place) {
        control.publish(
                ControlKey.captureOfDocuments(),
                Control.newBuilder()
                        .setDocumentCapture(DocumentCapture.newBuilder()
                                .setGeneration(snapshot().getGeneration())
                                .setPlace(place.time().getValue())
                                .setOrder(place.order())
                                .setResumeToken(
                                        place.token().map(BsonDocument::toJson).orElse(""))
                                .setPosition(text(place.time()))
                                .setUpdatedMicros(Micros.now()))
                        .build());
        view.refresh();
    }

    /** Why the documents are not followed, for people; empty once they are. */
    void failed(String why) {
        DocumentCapture now = view.get(ControlKey.captureOfDocuments())
                .map(Control::getDocumentCapture)
                .orElse(DocumentCapture.getDefaultInstance());
        if (!now.getError().equals(why)) {
            control.publish(
                    ControlKey.captureOfDocuments(),
                    Control.newBuilder()
                            .setDocumentCapture(now.toBuilder().setError(why))
                            .build());
            view.refresh();
        }
    }

    /** A round of changes was read. */
    void followed() {
        followed = true;
    }

    /** Safe for any thread. */
    boolean isFollowed() {
        return followed;
    }

    public static String text(BsonTimestamp time) {
        return time.getTime() + "." + time.getInc();
    }

    private void publish(SnapshotProgress.Builder progress) {
        control.publish(
                ControlKey.snapshot(collection),
                Control.newBuilder()
                        .setSnapshotProgress(progress.setUpdatedMicros(Micros.now()))
                        .build());
        view.refresh();
    }
}
