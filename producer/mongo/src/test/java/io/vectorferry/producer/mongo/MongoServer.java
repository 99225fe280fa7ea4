package io.vectorferry.producer.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import org.bson.BsonDocument;

/**
 * mongo-java-server, which speaks MongoDB's protocol, with a log that change streams read; or, for what needs no change
 * stream, the server that {@code -Dferry.test.mongo=mongodb://host:port} names, whose database {@code app} is dropped.
 */
public final class MongoServer implements AutoCloseable {
    static final String DATABASE = "app";

    private final String uri;
    private final Runnable shutdown;
    private final MongoClient client;
    /** What the stand-in says and does as MongoDB would. */
    final StandIn standIn;

    private MongoServer(String uri, StandIn standIn, Runnable shutdown) {
        this.uri = uri;
        this.standIn = standIn;
        this.shutdown = shutdown;
        this.client = MongoClients.create(uri);
    }

    static MongoServer start() {
        StandIn standIn = new StandIn();
        var server = new de.bwaldvogel.mongo.MongoServer(standIn);
        server.enableOplog();
        server.bind("127.0.0.1", 0);
        return new MongoServer(server.getConnectionString(), standIn, server::shutdownNow);
    }

    static MongoServer startOrNamed() {
        String named = System.getProperty("ferry.test.mongo");
        if (named == null) {
            return start();
        }
        MongoServer server = new MongoServer(named, new StandIn(), () -> {});
        server.database().drop();
        return server;
    }

    String uri() {
        return uri;
    }

    public MongoDatabase database() {
        return client.getDatabase(DATABASE);
    }

    public MongoCollection<BsonDocument> collection(String name) {
        return database().getCollection(name, BsonDocument.class);
    }

    @Override
    public void close() {
        client.close();
        shutdown.run();
    }
}
