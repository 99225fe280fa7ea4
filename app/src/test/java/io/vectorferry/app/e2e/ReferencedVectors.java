package io.vectorferry.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoCollection;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bson.BsonDocument;

/** Documents in a server that speaks MongoDB's protocol, which refer to vectors in a real PostgreSQL by their int64 ids as text. */
public final class ReferencedVectors implements AutoCloseable {
    static final String[] COLUMNS = {"id", "q", "teamId", "embedding"};

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ReferringDocuments documents = new ReferringDocuments();
    private final PostgresServer postgres;
    private final SourceTable vectors;

    public ReferencedVectors() {
        postgres = PostgresServer.forTest();
        vectors = new SourceTable(postgres, 2);
        vectors.execute(
                "CREATE EXTENSION IF NOT EXISTS vector",
                "CREATE TABLE modeldata (id bigint PRIMARY KEY, embedding vector(2))");
    }

    /** As the pipeline file's source has it. */
    public String yaml() {
        return yaml("q, teamId");
    }

    /** @param fields of the documents */
    String yaml(String fields) {
        return """
                mongo:
                    uri: %s
                    database: app
                    collection: dataset_datas
                    fields: [%s]
                    vectorKeys: integer
                    vectors:
                      postgres:
                        url: %s
                        user: %s
                        tables:
                          - name: public.modeldata
                            vector: embedding""".formatted(documents.uri(), fields, postgres.url("postgres"), postgres.user());
    }

    public MongoCollection<BsonDocument> documents() {
        return documents.collection();
    }

    public void vectors(String... statements) {
        vectors.execute(statements);
    }

    /** The server that has the vectors. */
    public PostgresServer postgres() {
        return postgres;
    }

    public void rollLogOver() {
        documents.rollLogOver();
    }

    List<BsonDocument> all() {
        return documents.all();
    }

    /** Digest by the new id, of what a join by hand gives. */
    public Map<String, String> digests(Map<String, String> newIds) {
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
                    digests.putIfAbsent(id, ReferringDocuments.digest(id, document, vector));
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

    @Override
    public void close() {
        documents.close();
        postgres.close();
    }
}
