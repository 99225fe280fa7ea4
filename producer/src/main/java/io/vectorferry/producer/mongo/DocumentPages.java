package io.vectorferry.producer.mongo;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Sorts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.conversions.Bson;

/**
 * A collection page by page in the order of {@code _id}, each page a query of its own. {@code $gt} compares only ids of
 * one kind, so where a kind ends ({@code 7} beside {@code "a"}) the next page asks for the kinds that are left. For one
 * thread.
 */
final class DocumentPages {
    private final MongoCollection<BsonDocument> documents;
    private final Bson projection;
    private final int size;
    private final List<Bson> read = new ArrayList<>();
    private Optional<BsonValue> last = Optional.empty();

    DocumentPages(MongoCollection<BsonDocument> documents, Bson projection, int size) {
        this.documents = documents;
        this.projection = projection;
        this.size = size;
    }

    /** Before the first page: where an earlier reading ended. Ids of other kinds are read again. */
    void startAfter(BsonValue id) {
        last = Optional.of(id);
    }

    /** Empty at the end. */
    List<BsonDocument> next() {
        List<BsonDocument> page = last.isEmpty() ? List.of() : page(Filters.gt("_id", last.get()));
        if (page.isEmpty()) {
            last.ifPresent(id -> read.add(Filters.or(
                    kinds(id).stream().map(kind -> Filters.type("_id", kind)).toList())));
            page = page(read.isEmpty() ? new BsonDocument() : Filters.nor(read));
        }
        last = page.isEmpty() ? Optional.empty() : Optional.of(page.getLast().get("_id", BsonNull.VALUE));
        return page;
    }

    /** Those that {@code $gt} compares with it. */
    private static List<BsonType> kinds(BsonValue id) {
        return id.isNumber()
                ? List.of(BsonType.INT32, BsonType.INT64, BsonType.DOUBLE, BsonType.DECIMAL128)
                : List.of(id.getBsonType());
    }

    private List<BsonDocument> page(Bson which) {
        return documents
                .find(which)
                .sort(Sorts.ascending("_id"))
                .projection(projection)
                .limit(size)
                .into(new ArrayList<>());
    }
}
