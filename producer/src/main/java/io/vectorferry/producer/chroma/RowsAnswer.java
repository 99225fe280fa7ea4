package io.vectorferry.producer.chroma;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.contracts.message.VectorElement;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the answer to a get, column by column as Chroma sends it, straight into rows: no float ever becomes a double. For one answer. */
final class RowsAnswer {
    static final String VECTOR = "embedding";
    static final String DOCUMENT = "document";
    static final String URI = "chroma_uri";

    private static final int FIRST_FLOATS = 16;

    private final ChromaCollection collection;
    private final MetadataReader metadata;
    private final List<String> ids = new ArrayList<>();
    private final List<Embedding> embeddings = new ArrayList<>();
    private final List<@Nullable String> documents = new ArrayList<>();
    private final List<@Nullable String> uris = new ArrayList<>();
    private final List<MetadataReader.Metadata> metadatas = new ArrayList<>();
    private float[] floats = new float[FIRST_FLOATS];

    /** @param nulls components that came as null, which Chroma sends for what its space cannot restore */
    private record Embedding(@Nullable Vector vector, int nulls) {}

    RowsAnswer(ChromaCollection collection, FieldTypes types) {
        this.collection = collection;
        this.metadata = new MetadataReader(types);
    }

    List<FetchedRow> read(JsonParser json) throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String column = json.currentName();
            if (json.nextToken() == JsonToken.START_ARRAY) {
                readColumn(column, json);
            }
        }
        List<FetchedRow> rows = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            rows.add(row(i));
        }
        return rows;
    }

    private void readColumn(String column, JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            switch (column) {
                case "ids" -> ids.add(json.getText());
                case "embeddings" -> embeddings.add(embedding(json));
                case "documents" -> documents.add(json.getValueAsString());
                case "uris" -> uris.add(json.getValueAsString());
                case "metadatas" -> metadatas.add(metadata.read(json));
                default -> json.skipChildren();
            }
        }
    }

    private Embedding embedding(JsonParser json) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            return new Embedding(null, 0);
        }
        int count = 0;
        int nulls = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (count == floats.length) {
                floats = Arrays.copyOf(floats, 2 * count);
            }
            boolean isNull = json.currentToken() == JsonToken.VALUE_NULL;
            nulls += isNull ? 1 : 0;
            floats[count++] = isNull ? 0 : json.getFloatValue();
        }
        return count == 0 || nulls > 0
                ? new Embedding(null, nulls)
                : new Embedding(Vector.ofFloats(Arrays.copyOf(floats, count)), 0);
    }

    private FetchedRow row(int i) throws IOException {
        if (embeddings.size() != ids.size() || metadatas.size() != ids.size() || documents.size() != ids.size()) {
            throw new IOException("its columns have different lengths");
        }
        Embedding embedding = embeddings.get(i);
        MetadataReader.Metadata read = metadatas.get(i);
        List<Field> fields = new ArrayList<>();
        fields.add(text(DOCUMENT, documents.get(i)));
        if (i < uris.size() && uris.get(i) != null) {
            fields.add(text(URI, uris.get(i)));
        }
        fields.addAll(read.fields());
        Vector vector = embedding.vector();
        // A collection that was empty when it was listed has got its dimension from its first record since.
        int dimension = collection.dimension() == 0 && vector != null ? vector.dimension() : collection.dimension();
        String problem = embedding.nulls() > 0
                ? "%s came with %d components null, as Chroma sends what its %s space cannot restore"
                        .formatted(VECTOR, embedding.nulls(), collection.space())
                : read.problem();
        return new FetchedRow(
                ids.get(i),
                new Row(new VectorColumn(VECTOR, VectorElement.FLOAT32, dimension, vector), fields),
                problem);
    }

    private static Field text(String name, @Nullable String text) {
        return new Field(name, FieldType.of(FieldType.Name.TEXT), text == null ? Value.NULL : new Value.Text(text));
    }
}
