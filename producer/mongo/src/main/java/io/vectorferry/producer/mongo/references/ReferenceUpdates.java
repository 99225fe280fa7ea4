package io.vectorferry.producer.mongo.references;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.WriteModel;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;
import org.bson.conversions.Bson;

/**
 * Sets references in their documents, each document in one update that takes place only while all of its references
 * still are what they were read as. Elements are named by their place and not by their value: where 1 becomes 2 and 2
 * becomes 1, a value does not say whether it was changed.
 */
public final class ReferenceUpdates {
    private final MongoCollection<BsonDocument> documents;
    private final Bson projection;

    ReferenceUpdates(MongoCollection<BsonDocument> documents, MongoConfig config) {
        this.documents = documents;
        this.projection = config.rewritten();
    }

    public record Change(BsonValue document, String path, BsonValue from, BsonValue to) {}

    /** @return whether every document was as it had been read */
    public boolean set(Map<BsonValue, List<Change>> changes) {
        if (changes.isEmpty()) {
            return true;
        }
        List<WriteModel<BsonDocument>> writes = new ArrayList<>();
        changes.forEach((document, ofDocument) -> {
            List<Bson> unchanged = new ArrayList<>(List.of(Filters.eq("_id", document)));
            ofDocument.forEach(change -> unchanged.add(Filters.eq(change.path(), change.from())));
            writes.add(new UpdateOneModel<>(
                    Filters.and(unchanged),
                    Updates.combine(ofDocument.stream()
                            .map(change -> Updates.set(change.path(), change.to()))
                            .toList())));
        });
        return documents
                        .bulkWrite(writes, new BulkWriteOptions().ordered(false))
                        .getMatchedCount()
                == changes.size();
    }

    public Map<BsonValue, BsonDocument> read(Collection<BsonValue> ids) {
        Map<BsonValue, BsonDocument> found = new HashMap<>();
        documents
                .find(Filters.in("_id", ids))
                .projection(projection)
                .forEach(document -> found.put(document.get("_id", BsonNull.VALUE), document));
        return found;
    }

    public Bson projection() {
        return projection;
    }
}
