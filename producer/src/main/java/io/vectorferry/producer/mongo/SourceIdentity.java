package io.vectorferry.producer.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import java.util.Optional;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Which server's collection it is, as far as a server tells a reader.
 *
 * @param collection the collection's UUID, which a collection made anew does not have; empty where there is none or the server does not say
 * @param replicaSet its name; empty where the server does not say
 * @param term of the replica set's last election, which only rises; -1 where the server does not say
 */
record SourceIdentity(String collection, String replicaSet, long term) {
    static final SourceIdentity UNKNOWN = new SourceIdentity("", "", -1);

    static SourceIdentity of(MongoDatabase database, String collection) {
        BsonDocument hello = hello(database);
        BsonValue lastWrite = document(hello.get("lastWrite")).get("majorityOpTime", BsonNull.VALUE);
        BsonValue term = document(lastWrite).get("t", BsonNull.VALUE);
        BsonValue name = hello.get("setName", BsonNull.VALUE);
        return new SourceIdentity(
                uuid(database, collection),
                name.isString() ? name.asString().getValue() : "",
                term.isNumber() ? term.asNumber().longValue() : -1);
    }

    private static String uuid(MongoDatabase database, String collection) {
        try {
            for (BsonDocument one :
                    database.listCollections(BsonDocument.class).filter(Filters.eq("name", collection))) {
                BsonValue uuid = document(one.get("info")).get("uuid", BsonNull.VALUE);
                if (one.get("name", BsonNull.VALUE).equals(new BsonString(collection))
                        && uuid instanceof BsonBinary binary
                        && BsonFields.isUuid(binary)) {
                    return binary.asUuid().toString();
                }
            }
        } catch (MongoCommandException e) {
            return ""; // not for this user
        }
        return "";
    }

    private static BsonDocument hello(MongoDatabase database) {
        try {
            return database.runCommand(new BsonDocument("hello", new BsonInt32(1)), BsonDocument.class);
        } catch (MongoCommandException e) {
            return new BsonDocument(); // a server that only speaks the protocol
        }
    }

    private static BsonDocument document(@Nullable BsonValue value) {
        return value != null && value.isDocument() ? value.asDocument() : new BsonDocument();
    }

    /** Empty where this can be what was recorded. */
    Optional<String> differenceFrom(SourceIdentity recorded) {
        if (!recorded.replicaSet().isEmpty() && !recorded.replicaSet().equals(replicaSet)) {
            return Optional.of(
                    "it is in the replica set \"%s\", and was in \"%s\"".formatted(replicaSet, recorded.replicaSet()));
        }
        if (!recorded.collection().isEmpty() && !recorded.collection().equals(collection)) {
            return Optional.of(
                    collection.isEmpty()
                            ? "the collection is gone"
                            : "the collection was dropped and made again, or the server is another one (its UUID is %s and was %s)"
                                    .formatted(collection, recorded.collection()));
        }
        return term >= 0 && term < recorded.term()
                ? Optional.of("the replica set's election term went back from %d to %d: it was restored or set up anew"
                        .formatted(recorded.term(), term))
                : Optional.empty();
    }

    /** For {@code control}. */
    String text() {
        return new BsonDocument("collection", new BsonString(collection))
                .append("replicaSet", new BsonString(replicaSet))
                .append("term", new BsonInt64(term))
                .toJson();
    }

    static SourceIdentity parse(String text) {
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        BsonDocument recorded = BsonDocument.parse(text);
        return new SourceIdentity(
                recorded.getString("collection").getValue(),
                recorded.getString("replicaSet").getValue(),
                recorded.getNumber("term").longValue());
    }
}
