package io.vectorferry.producer.mongo.references;

import io.vectorferry.producer.mongo.documents.Reference;
import java.util.Objects;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * A reference that was, or is about to be, given a new id; a document of the mappings collection.
 *
 * @param path of the element within its document
 * @param confirmed false between the note and the document's update, so that a run that was killed there can tell
 */
public record RewrittenReference(
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

    public static RewrittenReference of(BsonDocument noted) {
        return new RewrittenReference(
                noted.get(DOCUMENT, BsonNull.VALUE),
                noted.getString("path").getValue(),
                noted.get("oldId", BsonNull.VALUE),
                noted.get("newId", BsonNull.VALUE),
                noted.get("datasetId", BsonNull.VALUE),
                noted.getBoolean("confirmed").getValue());
    }

    RewrittenReference asConfirmed() {
        return new RewrittenReference(document, path, oldId, newId, dataset, true);
    }

    boolean isAt(Reference reference) {
        return Objects.equals(path, reference.path());
    }
}
