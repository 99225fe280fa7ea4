package io.vectorferry.producer.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import org.bson.BsonDocument;

/** mongo-java-server, which speaks MongoDB's protocol, with a log that change streams read. */
final class MongoServer implements AutoCloseable {
    static final String DATABASE = "app";

    private final de.bwaldvogel.mongo.MongoServer server;
    private final MongoClient client;

    private MongoServer(de.bwaldvogel.mongo.MongoServer server) {
        this.server = server;
        this.client = MongoClients.create(server.getConnectionString());
    }

    static MongoServer start() {
        var server = new de.bwaldvogel.mongo.MongoServer(new MemoryBackend());
        server.enableOplog();
        server.bind("127.0.0.1", 0);
        return new MongoServer(server);
    }

    String uri() {
        return server.getConnectionString();
    }

    MongoDatabase database() {
        return client.getDatabase(DATABASE);
    }

    MongoCollection<BsonDocument> collection(String name) {
        return database().getCollection(name, BsonDocument.class);
    }

    @Override
    public void close() {
        client.close();
        server.shutdownNow();
    }
}
