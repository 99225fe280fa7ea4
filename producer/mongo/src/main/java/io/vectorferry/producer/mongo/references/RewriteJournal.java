package io.vectorferry.producer.mongo.references;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.WriteModel;
import io.vectorferry.producer.mongo.documents.Reference;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;

/** The mappings collection: the rewritten references, recorded before each document is changed. */
public final class RewriteJournal {
    private static final BulkWriteOptions UNORDERED = new BulkWriteOptions().ordered(false);

    private final MongoCollection<BsonDocument> mappings;
    private final Clock clock;

    RewriteJournal(MongoCollection<BsonDocument> mappings, Clock clock) {
        this.mappings = mappings;
        this.clock = clock;
    }

    /** Creates the index; without it, each page would scan the whole journal. */
    void ensureIndex() {
        mappings.createIndex(new BsonDocument(Entry.DOCUMENT, new org.bson.BsonInt32(1)));
    }

    /** Under each document's id. */
    public Map<BsonValue, List<Entry>> of(Collection<BsonValue> documents) {
        Map<BsonValue, List<Entry>> noted = new HashMap<>();
        for (BsonDocument one : mappings.find(Filters.in(Entry.DOCUMENT, documents))) {
            Entry reference = Entry.of(one);
            noted.computeIfAbsent(reference.document(), id -> new ArrayList<>()).add(reference);
        }
        return noted;
    }

    /** @param last the key after which to read on; empty at the beginning */
    List<Entry> page(String last, int size) {
        List<Entry> page = new ArrayList<>();
        for (BsonDocument one : mappings.find(Filters.gt("_id", new BsonString(last)))
                .sort(Sorts.ascending("_id"))
                .limit(size)) {
            page.add(Entry.of(one));
        }
        return page;
    }

    void note(Collection<Entry> references) {
        if (references.isEmpty()) {
            return;
        }
        List<WriteModel<BsonDocument>> writes = new ArrayList<>();
        for (Entry reference : references) {
            writes.add(new ReplaceOneModel<>(
                    Filters.eq("_id", reference.key()),
                    reference.toBson(clock.millis()),
                    new ReplaceOptions().upsert(true)));
        }
        mappings.bulkWrite(writes, UNORDERED);
    }

    void confirm(Collection<Entry> references) {
        note(references.stream().map(Entry::asConfirmed).toList());
    }

    void forget(Collection<Entry> references) {
        if (!references.isEmpty()) {
            mappings.deleteMany(
                    Filters.in("_id", references.stream().map(Entry::key).toList()));
        }
    }

    /**
     * A reference that was, or is about to be, given a new id; a document of the mappings collection.
     *
     * @param path of the element within its document
     * @param confirmed false between the note and the document's update, so that a run that was killed there can tell
     */
    public record Entry(
            BsonValue document, String path, BsonValue oldId, BsonValue newId, BsonValue dataset, boolean confirmed) {
        public static final String DOCUMENT = "document";
        static final String MIGRATED_AT = "migratedAt";

        /** A text, so that every server orders it alike. */
        public BsonString key() {
            return new BsonString(new BsonDocument("_id", document).toJson() + "/" + path);
        }

        BsonDocument toBson(long nowMillis) {
            return new BsonDocument("_id", key())
                    .append(DOCUMENT, document)
                    .append("path", new BsonString(path))
                    .append("oldId", oldId)
                    .append("newId", newId)
                    .append("datasetId", dataset)
                    .append("confirmed", BsonBoolean.valueOf(confirmed))
                    .append(MIGRATED_AT, confirmed ? new BsonDateTime(nowMillis) : BsonNull.VALUE);
        }

        public static Entry of(BsonDocument noted) {
            return new Entry(
                    noted.get(DOCUMENT, BsonNull.VALUE),
                    noted.getString("path").getValue(),
                    noted.get("oldId", BsonNull.VALUE),
                    noted.get("newId", BsonNull.VALUE),
                    noted.get("datasetId", BsonNull.VALUE),
                    noted.getBoolean("confirmed").getValue());
        }

        Entry asConfirmed() {
            return new Entry(document, path, oldId, newId, dataset, true);
        }

        boolean isAt(Reference reference) {
            return Objects.equals(path, reference.path());
        }
    }
}
