package io.vectorferry.producer.mongo.references;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.WriteModel;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;

/** What was rewritten, noted before each document is touched: the mappings collection. */
public final class RewriteJournal {
    private static final BulkWriteOptions UNORDERED = new BulkWriteOptions().ordered(false);

    private final MongoCollection<BsonDocument> mappings;
    private final Clock clock;

    RewriteJournal(MongoCollection<BsonDocument> mappings, Clock clock) {
        this.mappings = mappings;
        this.clock = clock;
    }

    /** Without it each page would scan the whole journal. */
    void ensureIndex() {
        mappings.createIndex(new BsonDocument(RewrittenReference.DOCUMENT, new org.bson.BsonInt32(1)));
    }

    /** Under each document's id. */
    public Map<BsonValue, List<RewrittenReference>> of(Collection<BsonValue> documents) {
        Map<BsonValue, List<RewrittenReference>> noted = new HashMap<>();
        for (BsonDocument one : mappings.find(Filters.in(RewrittenReference.DOCUMENT, documents))) {
            RewrittenReference reference = RewrittenReference.of(one);
            noted.computeIfAbsent(reference.document(), id -> new ArrayList<>()).add(reference);
        }
        return noted;
    }

    /** @param last the key after which to read on; empty at the beginning */
    List<RewrittenReference> page(String last, int size) {
        List<RewrittenReference> page = new ArrayList<>();
        for (BsonDocument one : mappings.find(Filters.gt("_id", new BsonString(last)))
                .sort(Sorts.ascending("_id"))
                .limit(size)) {
            page.add(RewrittenReference.of(one));
        }
        return page;
    }

    void note(Collection<RewrittenReference> references) {
        if (references.isEmpty()) {
            return;
        }
        List<WriteModel<BsonDocument>> writes = new ArrayList<>();
        for (RewrittenReference reference : references) {
            writes.add(new ReplaceOneModel<>(
                    Filters.eq("_id", reference.key()),
                    reference.toBson(clock.millis()),
                    new ReplaceOptions().upsert(true)));
        }
        mappings.bulkWrite(writes, UNORDERED);
    }

    void confirm(Collection<RewrittenReference> references) {
        note(references.stream().map(RewrittenReference::asConfirmed).toList());
    }

    void forget(Collection<RewrittenReference> references) {
        if (!references.isEmpty()) {
            mappings.deleteMany(Filters.in(
                    "_id", references.stream().map(RewrittenReference::key).toList()));
        }
    }
}
