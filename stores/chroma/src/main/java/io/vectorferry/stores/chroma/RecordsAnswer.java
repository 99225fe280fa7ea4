package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the answer to a get, column by column as Chroma sends it, straight into rows. For one answer. */
public final class RecordsAnswer {
    public static final String VECTOR = "embedding";
    public static final String DOCUMENT = "document";
    static final String URI = "chroma_uri";

    private static final byte[] OBJECT = "{\"\":0".getBytes(StandardCharsets.US_ASCII);

    private final ChromaCollection collection;
    private final MetadataReader metadata;
    private final List<String> ids = new ArrayList<>();
    private final List<EmbeddingsColumn.Embedding> embeddings = new ArrayList<>();
    private final List<@Nullable String> documents = new ArrayList<>();
    private final List<@Nullable String> uris = new ArrayList<>();
    private final List<MetadataReader.Metadata> metadatas = new ArrayList<>();

    RecordsAnswer(ChromaCollection collection, MetadataTypes types) {
        this.collection = collection;
        this.metadata = new MetadataReader(types);
    }

    /** Takes the answer over: it is written to. */
    public List<ChromaRecord> read(byte[] answer) throws IOException {
        int at = 0;
        do {
            at = readColumns(answer, at);
        } while (at > 0);
        List<ChromaRecord> rows = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            rows.add(row(i));
        }
        return rows;
    }

    /** Returns where to continue, or 0 at the end. */
    private int readColumns(byte[] answer, int from) throws IOException {
        try (JsonParser json = ChromaJson.parser(answer, from)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String column = json.currentName();
                boolean isArray = json.nextToken() == JsonToken.START_ARRAY;
                if (isArray && column.equals("embeddings")) {
                    return readEmbeddings(
                            answer, from + (int) json.currentTokenLocation().getByteOffset());
                }
                if (isArray) {
                    readColumn(column, json);
                }
            }
        }
        return 0;
    }

    /** Reads the vectors, and turns what follows them into a separate object, in place of their last bytes. */
    private int readEmbeddings(byte[] answer, int from) throws IOException {
        EmbeddingsColumn column = new EmbeddingsColumn(answer, from);
        embeddings.addAll(column.read());
        int start = column.end() - OBJECT.length;
        System.arraycopy(OBJECT, 0, answer, start, OBJECT.length);
        return start;
    }

    private void readColumn(String column, JsonParser json) throws IOException {
        while (json.nextToken() != JsonToken.END_ARRAY) {
            switch (column) {
                case "ids" -> ids.add(json.getText());
                case "documents" -> documents.add(json.getValueAsString());
                case "uris" -> uris.add(json.getValueAsString());
                case "metadatas" -> metadatas.add(metadata.read(json));
                default -> json.skipChildren();
            }
        }
    }

    private ChromaRecord row(int i) throws IOException {
        if (embeddings.size() != ids.size() || metadatas.size() != ids.size() || documents.size() != ids.size()) {
            throw new IOException("its columns have different lengths");
        }
        EmbeddingsColumn.Embedding embedding = embeddings.get(i);
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
                ? "%s has %d null components, which Chroma returns for values that its %s space cannot restore"
                        .formatted(VECTOR, embedding.nulls(), collection.space())
                : read.problem();
        return new ChromaRecord(
                ids.get(i),
                new Row(new VectorColumn(VECTOR, VectorElement.FLOAT32, dimension, vector), fields),
                problem);
    }

    private static Field text(String name, @Nullable String text) {
        return new Field(name, FieldType.of(FieldType.Name.TEXT), text == null ? Value.NULL : new Value.Text(text));
    }
}
