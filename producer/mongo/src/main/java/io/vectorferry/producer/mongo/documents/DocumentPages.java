package io.vectorferry.producer.mongo.documents;

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
 * one kind ({@code 7} beside {@code "a"}), so a page has ids of one kind alone, and where a kind ends the next page asks
 * for the kinds that are left. For one thread.
 */
public final class DocumentPages {
    private static final List<BsonType> NUMBERS =
            List.of(BsonType.INT32, BsonType.INT64, BsonType.DOUBLE, BsonType.DECIMAL128);

    private final MongoCollection<BsonDocument> documents;
    private final Bson projection;
    private final int size;
    private final List<Bson> read = new ArrayList<>();
    private Optional<BsonValue> last = Optional.empty();

    public DocumentPages(MongoCollection<BsonDocument> documents, Bson projection, int size) {
        this.documents = documents;
        this.projection = projection;
        this.size = size;
    }

    /** Sets where an earlier reading ended, before the first page. Ids of other types are read again. */
    public void startAfter(BsonValue id) {
        last = Optional.of(id);
    }

    /** Empty at the end. */
    public List<BsonDocument> next() {
        List<BsonDocument> page = last.map(id -> page(Filters.and(isLike(id), Filters.gt("_id", id))))
                .orElse(List.of());
        if (page.isEmpty()) {
            last.ifPresent(id -> read.add(isLike(id)));
            page = ofOneKind(page(read.isEmpty() ? new BsonDocument() : Filters.nor(read)));
        }
        last = page.isEmpty() ? Optional.empty() : Optional.of(id(page.getLast()));
        return page;
    }

    /** Returns the first documents of one type of id: if another type begins in a page, it gets a separate page. */
    private static List<BsonDocument> ofOneKind(List<BsonDocument> page) {
        return page.stream()
                .takeWhile(document -> kinds(id(document)).equals(kinds(id(page.getFirst()))))
                .toList();
    }

    private static BsonValue id(BsonDocument document) {
        return document.get("_id", BsonNull.VALUE);
    }

    private static Bson isLike(BsonValue id) {
        return Filters.or(
                kinds(id).stream().map(kind -> Filters.type("_id", name(kind))).toList());
    }

    /** Returns the types that {@code $gt} compares with it. */
    private static List<BsonType> kinds(BsonValue id) {
        return id.isNumber() ? NUMBERS : List.of(id.getBsonType());
    }

    /** Returns MongoDB's name of the type, which has no number for the lowest key that the driver has. */
    private static String name(BsonType kind) {
        return switch (kind) {
            case DOUBLE -> "double";
            case STRING -> "string";
            case DOCUMENT -> "object";
            case ARRAY -> "array";
            case BINARY -> "binData";
            case UNDEFINED -> "undefined";
            case OBJECT_ID -> "objectId";
            case BOOLEAN -> "bool";
            case DATE_TIME -> "date";
            case NULL, END_OF_DOCUMENT -> "null";
            case REGULAR_EXPRESSION -> "regex";
            case DB_POINTER -> "dbPointer";
            case JAVASCRIPT -> "javascript";
            case SYMBOL -> "symbol";
            case JAVASCRIPT_WITH_SCOPE -> "javascriptWithScope";
            case INT32 -> "int";
            case TIMESTAMP -> "timestamp";
            case INT64 -> "long";
            case DECIMAL128 -> "decimal";
            case MIN_KEY -> "minKey";
            case MAX_KEY -> "maxKey";
        };
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
