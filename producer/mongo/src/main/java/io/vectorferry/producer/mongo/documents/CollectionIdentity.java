package io.vectorferry.producer.mongo.documents;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a collection and its server, as far as a reader can see it.
 *
 * @param collection the collection's UUID, which a recreated collection does not have; empty where there is none or
 *     the server does not say
 * @param isGone whether the server says that there is no such collection; not recorded
 * @param replicaSet its name; empty where the server does not say
 * @param term of the replica set's last election, which only rises; -1 where the server does not say
 */
public record CollectionIdentity(String collection, boolean isGone, String replicaSet, long term) {
    static final CollectionIdentity UNKNOWN = new CollectionIdentity("", false, "", -1);

    /** Unauthorized, CommandNotFound, CommandNotSupported, NotImplemented, AtlasError: any other error may pass. */
    private static final Set<Integer> NOT_FOR_US = Set.of(13, 59, 115, 238, 8000);

    public static CollectionIdentity of(MongoDatabase database, String collection) {
        BsonDocument hello = hello(database);
        BsonValue lastWrite = document(hello.get("lastWrite")).get("majorityOpTime", BsonNull.VALUE);
        BsonValue term = document(lastWrite).get("t", BsonNull.VALUE);
        BsonValue name = hello.get("setName", BsonNull.VALUE);
        Optional<BsonDocument> described = described(database, collection);
        return new CollectionIdentity(
                described.map(CollectionIdentity::uuid).orElse(""),
                described.filter(BsonDocument::isEmpty).isPresent(),
                name.isString() ? name.asString().getValue() : "",
                term.isNumber() ? term.asNumber().longValue() : -1);
    }

    /** An empty document where there is no such collection; empty where the server does not say. */
    private static Optional<BsonDocument> described(MongoDatabase database, String collection) {
        try {
            for (BsonDocument one :
                    database.listCollections(BsonDocument.class).filter(Filters.eq("name", collection))) {
                if (one.get("name", BsonNull.VALUE).equals(new BsonString(collection))) {
                    return Optional.of(one);
                }
            }
            return Optional.of(new BsonDocument());
        } catch (MongoCommandException e) {
            if (NOT_FOR_US.contains(e.getErrorCode())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static String uuid(BsonDocument described) {
        BsonValue uuid = document(described.get("info")).get("uuid", BsonNull.VALUE);
        return uuid instanceof BsonBinary binary && BsonFields.isUuid(binary)
                ? binary.asUuid().toString()
                : "";
    }

    private static BsonDocument hello(MongoDatabase database) {
        try {
            return database.runCommand(new BsonDocument("hello", new BsonInt32(1)), BsonDocument.class);
        } catch (MongoCommandException e) {
            if (NOT_FOR_US.contains(e.getErrorCode())) {
                return new BsonDocument(); // a server that only speaks the protocol
            }
            throw e;
        }
    }

    private static BsonDocument document(@Nullable BsonValue value) {
        return value != null && value.isDocument() ? value.asDocument() : new BsonDocument();
    }

    /** Empty where this can be what was recorded. */
    public Optional<String> differenceFrom(CollectionIdentity recorded) {
        if (isOther(replicaSet, recorded.replicaSet())) {
            return Optional.of(
                    "it is in the replica set \"%s\", but was in \"%s\"".formatted(replicaSet, recorded.replicaSet()));
        }
        if (!recorded.collection().isEmpty() && isGone) {
            return Optional.of("the collection no longer exists");
        }
        if (isOther(collection, recorded.collection())) {
            return Optional.of(
                    "the collection was dropped and created again, or belongs to another server (its UUID is %s, but was %s)"
                            .formatted(collection, recorded.collection()));
        }
        return term >= 0 && term < recorded.term()
                ? Optional.of("the replica set's election term decreased from %d to %d: it was restored or set up again"
                        .formatted(recorded.term(), term))
                : Optional.empty();
    }

    private static boolean isOther(String now, String recorded) {
        return !now.isEmpty() && !recorded.isEmpty() && !now.equals(recorded);
    }

    /**
     * Returns what the server returned when it was recorded and does not return now, as from a node that is starting;
     * empty if nothing.
     */
    public Optional<String> untoldOf(CollectionIdentity recorded) {
        if (replicaSet.isEmpty() && !recorded.replicaSet().isEmpty()) {
            return Optional.of("the name of its replica set");
        }
        return collection.isEmpty() && !recorded.collection().isEmpty()
                ? Optional.of("the UUID of the collection")
                : Optional.empty();
    }

    /** Returns this identity, with the recorded values where the server returns none. */
    public CollectionIdentity or(CollectionIdentity recorded) {
        return new CollectionIdentity(
                collection.isEmpty() ? recorded.collection() : collection,
                false,
                replicaSet.isEmpty() ? recorded.replicaSet() : replicaSet,
                term < 0 ? recorded.term() : term);
    }

    /** Returns the text for {@code control}. */
    public String text() {
        return new BsonDocument("collection", new BsonString(collection))
                .append("replicaSet", new BsonString(replicaSet))
                .append("term", new BsonInt64(term))
                .toJson();
    }

    public static CollectionIdentity parse(String text) {
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        BsonDocument recorded = BsonDocument.parse(text);
        return new CollectionIdentity(
                recorded.getString("collection").getValue(),
                false,
                recorded.getString("replicaSet").getValue(),
                recorded.getNumber("term").longValue());
    }
}
