package io.vectorferry.sink.chroma;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.parts.ValueKinds;
import io.vectorferry.stores.chroma.ExactFloats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of an upsert. Chroma merges the metadata of a record that exists, so every key that a record may have and the row has not is
 * written as null, which removes it.
 *
 * @param document the column that becomes the document; null if none does
 * @param uri the column that becomes the URI; null if none does
 * @param keys every metadata key that a record of the collection may have
 */
record UpsertRequest(@Nullable String document, @Nullable String uri, Collection<String> keys) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int FIRST_BYTES = 1 << 20;
    private static final int ROW_OVERHEAD_BYTES = 32;

    byte[] of(List<TargetWrite.Upsert> writes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(FIRST_BYTES);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeArrayFieldStart("ids");
            for (TargetWrite.Upsert write : writes) {
                json.writeString(write.key().id().text());
            }
            json.writeEndArray();
            json.writeArrayFieldStart("embeddings");
            for (TargetWrite.Upsert write : writes) {
                ByteString floats = StoredVectors.floats(vector(write.record().row()));
                json.writeBinary(floats.newInput(), floats.size());
            }
            json.writeEndArray();
            texts(json, "documents", document, writes);
            texts(json, "uris", uri, writes);
            json.writeArrayFieldStart("metadatas");
            for (TargetWrite.Upsert write : writes) {
                metadata(json, write.record().row());
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Vector vector(Row row) {
        return row.vector().flatMap(VectorColumn::value).orElseThrow();
    }

    private static void texts(JsonGenerator json, String name, @Nullable String column, List<TargetWrite.Upsert> writes)
            throws IOException {
        if (column == null) {
            return;
        }
        json.writeArrayFieldStart(name);
        for (TargetWrite.Upsert write : writes) {
            json.writeString(text(write.record().row(), column));
        }
        json.writeEndArray();
    }

    private static @Nullable String text(Row row, @Nullable String column) {
        return column == null
                ? null
                : row.field(column).map(Field::value).orElse(Value.NULL) instanceof Value.Text(String text)
                        ? text
                        : null;
    }

    private void metadata(JsonGenerator json, Row row) throws IOException {
        json.writeStartObject();
        Set<String> written = new HashSet<>();
        for (Field field : row.fields()) {
            if (isMetadata(field.name()) && !(field.value() instanceof Value.Null)) {
                json.writeFieldName(field.name());
                MetadataValues.write(json, field.value());
                written.add(field.name());
                if (field.value() instanceof Value.Real64(double real)
                        && Double.isFinite(real)
                        && !ExactFloats.isKept(real)) {
                    json.writeStringField(ExactFloats.PREFIX + field.name(), Double.toString(real));
                    written.add(ExactFloats.PREFIX + field.name());
                }
            }
        }
        for (String key : keys) {
            if (isMetadata(key) && !written.contains(key)) {
                json.writeNullField(key);
            }
        }
        json.writeEndObject();
    }

    private boolean isMetadata(String column) {
        return !column.equals(document) && !column.equals(uri);
    }

    /** Whether Chroma would keep an earlier document or URI of the row, because an upsert cannot remove one. */
    boolean keepsText(Row row) {
        return (document != null && text(row, document) == null) || (uri != null && text(row, uri) == null);
    }

    /** Returns about how many bytes a write takes; never less than a third of the truth. */
    static long size(TargetWrite write) {
        long bytes = (long) ROW_OVERHEAD_BYTES + write.key().id().text().length();
        if (write instanceof TargetWrite.Upsert upsert) {
            VectorColumn column = upsert.record().row().vectorColumn();
            Vector vector = column == null ? null : column.vector();
            bytes += vector == null ? 0 : vector.dimension() * 4L * Float.BYTES / 3;
            for (Field field : upsert.record().row().fields()) {
                bytes += field.name().length() + 6 + ValueKinds.size(field.value());
            }
        }
        return bytes;
    }
}
