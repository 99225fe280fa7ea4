package io.vectorferry.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Sorts;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import io.vectorferry.deploy.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;

/** Documents in a server that speaks MongoDB's protocol, which refer to vectors in a real PostgreSQL by their int64 ids as text. */
final class ReferencedVectors implements AutoCloseable {
    static final String[] COLUMNS = {"id", "q", "teamId", "embedding"};

    private static final ObjectMapper JSON = new ObjectMapper();

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

    private final MongoServer mongo;
    private final MongoClient client;
    private final PostgresServer postgres;
    private final SourceTable vectors;

    ReferencedVectors() {
        mongo = new MongoServer(new MemoryBackend().version(new Mongo5()));
        mongo.enableOplog();
        mongo.bind("127.0.0.1", 0);
        client = MongoClients.create(mongo.getConnectionString());
        postgres = PostgresServer.forTest();
        vectors = new SourceTable(postgres, 2);
        vectors.execute(
                "CREATE EXTENSION IF NOT EXISTS vector",
                "CREATE TABLE modeldata (id bigint PRIMARY KEY, embedding vector(2))");
    }

    /** As the pipeline file's source has it. */
    String yaml() {
        return """
                mongo:
                    uri: %s
                    database: app
                    collection: dataset_datas
                    fields: [q, teamId]
                    vectorKeys: integer
                    vectors:
                      postgres:
                        url: %s
                        user: %s
                        tables:
                          - name: public.modeldata
                            vector: embedding""".formatted(mongo.getConnectionString(), postgres.url("postgres"), postgres.user());
    }

    MongoCollection<BsonDocument> documents() {
        return client.getDatabase("app").getCollection("dataset_datas", BsonDocument.class);
    }

    /** @param id of the document; its references follow each other */
    static BsonDocument document(int id, String q, long... references) {
        BsonArray indexes = new BsonArray();
        for (long reference : references) {
            indexes.add(new BsonDocument("type", new BsonString("default"))
                    .append("dataId", new BsonString(Long.toString(reference))));
        }
        return new BsonDocument("_id", new BsonString("%024x".formatted(id)))
                .append("q", new BsonString(q))
                .append("teamId", new BsonInt64(id % 7))
                .append("unread", new BsonInt32(id))
                .append("indexes", indexes);
    }

    void vectors(String... statements) {
        vectors.execute(statements);
    }

    List<BsonDocument> all() {
        return documents().find().sort(Sorts.ascending("_id")).into(new ArrayList<>());
    }

    /** Digest by the new id, of what a join by hand gives. */
    Map<String, String> digests(Map<String, String> newIds) {
        Map<String, byte[]> byId = new HashMap<>();
        try (var connection = vectors.connect();
                var statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT id, embedding::real[] FROM modeldata")) {
            while (rows.next()) {
                Float[] floats = (Float[]) rows.getArray(2).getArray();
                ByteBuffer bytes =
                        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                for (Float value : floats) {
                    bytes.putFloat(value);
                }
                byId.put(rows.getString(1), bytes.array());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Map<String, String> digests = new TreeMap<>();
        for (BsonDocument document : all()) {
            document.getArray("indexes").forEach(index -> {
                String reference = index.asDocument().getString("dataId").getValue();
                byte[] vector = byId.get(reference);
                if (vector != null) {
                    String id = newIds.getOrDefault(reference, "unmapped " + reference);
                    digests.putIfAbsent(id, digest(id, document, vector));
                }
            });
        }
        return digests;
    }

    /** What {@code ferry ids export} printed, from the old id to the new. */
    static Map<String, String> newIds(String exported) {
        Map<String, String> ids = new HashMap<>();
        exported.lines().filter(line -> line.startsWith("{")).forEach(line -> {
            try {
                JsonNode row = JSON.readTree(line);
                ids.put(row.get("old").asText(), row.get("new").asText());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return ids;
    }

    private static String digest(String id, BsonDocument document, byte[] vector) {
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
        postgres.close();
    }
}
