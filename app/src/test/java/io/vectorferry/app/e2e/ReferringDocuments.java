package io.vectorferry.app.e2e;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Sorts;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.oplog.OplogPosition;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;

/** Documents in a server that speaks MongoDB's protocol, which refer to vectors by their ids as text. */
public final class ReferringDocuments implements AutoCloseable {
    /** What the driver asks for at least; this release of the server says less by itself, and a newer one needs another Netty than Arrow does. */
    private static final class Mongo5 implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    /** As MongoDB, whose log rolls over, it goes on from no place that has left its log. */
    private static final class RollingLog extends MemoryBackend {
        private volatile OplogPosition oldest = new OplogPosition(new BsonTimestamp(0));

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (command.equalsIgnoreCase("aggregate") && isLost(query)) {
                throw new MongoServerError(286, "ChangeStreamHistoryLost", "the resume point is not in the oplog");
            }
            return super.handleCommand(channel, database, command, query);
        }

        private boolean isLost(Document aggregate) {
            return aggregate.get("pipeline") instanceof List<?> stages
                    && stages.getFirst() instanceof Document stage
                    && stage.get("$changeStream") instanceof Document changes
                    && changes.get("resumeAfter") instanceof Document token
                    && oldest.isAfter(OplogPosition.fromDocument(token));
        }
    }

    private final RollingLog backend = new RollingLog();
    private final MongoServer mongo;
    private final MongoClient client;

    ReferringDocuments() {
        mongo = new MongoServer(backend.version(new Mongo5()));
        mongo.enableOplog();
        mongo.bind("127.0.0.1", 0);
        client = MongoClients.create(mongo.getConnectionString());
    }

    String uri() {
        return mongo.getConnectionString();
    }

    /** Nobody resumes from before the last change. */
    void rollLogOver() {
        BsonDocument last = client.getDatabase("local")
                .getCollection("oplog.rs", BsonDocument.class)
                .find()
                .sort(Sorts.descending("ts"))
                .first();
        backend.oldest = new OplogPosition(new BsonTimestamp(
                Objects.requireNonNull(last).getTimestamp("ts").getValue()));
    }

    MongoCollection<BsonDocument> collection() {
        return client.getDatabase("app").getCollection("dataset_datas", BsonDocument.class);
    }

    /** @param id of the document; its references follow each other */
    static BsonDocument document(int id, String q, long... references) {
        return document(
                id, q, LongStream.of(references).mapToObj(Long::toString).toList());
    }

    public static BsonDocument document(int id, String q, List<String> references) {
        BsonArray indexes = new BsonArray();
        references.forEach(reference -> indexes.add(reference(reference)));
        return new BsonDocument("_id", id(id))
                .append("q", new BsonString(q))
                .append("teamId", new BsonInt64(id % 7))
                .append("unread", new BsonInt32(id))
                .append("indexes", indexes);
    }

    public static BsonString id(int number) {
        return new BsonString("%024x".formatted(number));
    }

    /** An element of {@code indexes}. */
    public static BsonDocument reference(String vector) {
        return new BsonDocument("type", new BsonString("default")).append("dataId", new BsonString(vector));
    }

    static List<String> references(BsonDocument document) {
        return document.getArray("indexes").stream()
                .map(index -> index.asDocument().getString("dataId").getValue())
                .distinct()
                .toList();
    }

    List<BsonDocument> all() {
        return collection().find().sort(Sorts.ascending("_id")).into(new ArrayList<>());
    }

    /** Of a joined row, in the form that {@link LanceTable} makes from the target. */
    static String digest(String id, BsonDocument document, byte[] vector) {
        try {
            MessageDigest row = MessageDigest.getInstance("SHA-256");
            row.update((id + "\u001f" + document.getString("q").getValue() + "\u001f"
                            + document.getNumber("teamId").longValue() + "\u001f")
                    .getBytes(StandardCharsets.UTF_8));
            row.update(vector);
            row.update("\u001f".getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(row.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        mongo.shutdownNow();
    }
}
