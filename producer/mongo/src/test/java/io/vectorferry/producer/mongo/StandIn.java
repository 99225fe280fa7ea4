package io.vectorferry.producer.mongo;

import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** mongo-java-server, with the answers of MongoDB's own server that it lacks: put in by a test, as MongoDB documents them. */
public final class StandIn extends MemoryBackend {
    /** The newest operation, in seconds; null: not told. */
    volatile @Nullable Integer operationSeconds;

    /** Of every collection; null: not told. */
    volatile @Nullable UUID collectionUuid;

    /** Of the replica set's last election; null: not told. */
    public volatile @Nullable Long term;

    /** Told together with the term; null: not told, as by a node that is starting. */
    public volatile @Nullable String replicaSet = "rs0";

    /** What commands fail with, by their name in lower case. */
    final Map<String, MongoServerError> failing = new ConcurrentHashMap<>();

    /** Whether a change is larger than an answer may be. */
    volatile boolean tooLarge;

    /** The stages of each change stream that was asked for. */
    final List<List<Document>> changeStreams = new CopyOnWriteArrayList<>();

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        MongoServerError error = failing.get(command.toLowerCase(Locale.ROOT));
        if (error != null) {
            throw error;
        }
        if (command.equalsIgnoreCase("hello") && term != null) {
            Document hello = replicaSet == null ? new Document() : new Document("setName", replicaSet);
            return hello.append("lastWrite", new Document("majorityOpTime", new Document("t", term)))
                    .append("ok", 1);
        }
        if (command.equalsIgnoreCase("aggregate") && query.get("pipeline") instanceof List<?> stages) {
            watched(stages);
        }
        Document answer = super.handleCommand(channel, database, command, query);
        Integer seconds = operationSeconds;
        if (command.equalsIgnoreCase("ping") && seconds != null) {
            answer.append("operationTime", new BsonTimestamp((long) seconds << Integer.SIZE | 1));
        }
        UUID uuid = collectionUuid;
        if (command.equalsIgnoreCase("listCollections")
                && uuid != null
                && answer.get("cursor") instanceof Document cursor
                && cursor.get("firstBatch") instanceof List<?> collections) {
            collections.forEach(collection -> ((Document) collection).append("info", new Document("uuid", uuid)));
        }
        return answer;
    }

    private void watched(List<?> pipeline) {
        List<Document> stages = new ArrayList<>();
        pipeline.forEach(stage -> stages.add((Document) stage));
        if (!stages.isEmpty() && stages.getFirst().containsKey("$changeStream")) {
            changeStreams.add(stages);
            if (tooLarge) {
                throw new MongoServerError(10334, "BSONObjectTooLarge", "BSONObj size: 18874700 is invalid");
            }
        }
    }
}
