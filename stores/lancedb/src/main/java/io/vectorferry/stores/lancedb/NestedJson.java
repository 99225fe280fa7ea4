package io.vectorferry.stores.lancedb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** Structures and nested lists as JSON: bytes in base64, and NaN and infinities as text. */
final class NestedJson {
    private static final JsonFactory JSON = new JsonFactory();

    private NestedJson() {}

    static String text(FieldVector column, int row) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            write(json, column, row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, FieldVector column, int row) throws IOException {
        if (column.isNull(row)) {
            json.writeNull();
            return;
        }
        switch (column) {
            case StructVector struct -> {
                json.writeStartObject();
                for (FieldVector child : struct.getChildrenFromFields()) {
                    json.writeFieldName(child.getName());
                    write(json, child, row);
                }
                json.writeEndObject();
            }
            case ListVector list ->
                writeItems(json, list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
            case LargeListVector list ->
                writeItems(json, list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
            case FixedSizeListVector list ->
                writeItems(
                        json,
                        list.getDataVector(),
                        (long) row * list.getListSize(),
                        (long) (row + 1) * list.getListSize());
            default -> writeValue(json, StoredValues.value(column, row));
        }
    }

    private static void writeItems(JsonGenerator json, FieldVector items, long from, long to) throws IOException {
        json.writeStartArray();
        for (long i = from; i < to; i++) {
            write(json, items, Math.toIntExact(i));
        }
        json.writeEndArray();
    }

    private static void writeValue(JsonGenerator json, Value value) throws IOException {
        switch (value) {
            case Value.Null() -> json.writeNull();
            case Value.Bool(boolean bool) -> json.writeBoolean(bool);
            case Value.Whole(long whole) -> json.writeNumber(whole);
            case Value.Real32(float real) -> {
                if (Float.isFinite(real)) {
                    json.writeNumber(real);
                } else {
                    json.writeString(Float.toString(real));
                }
            }
            case Value.Real64(double real) -> {
                if (Double.isFinite(real)) {
                    json.writeNumber(real);
                } else {
                    json.writeString(Double.toString(real));
                }
            }
            case Value.Text(String text) -> json.writeString(text);
            case Value.Bytes bytes ->
                json.writeString(
                        Base64.getEncoder().encodeToString(bytes.value().toByteArray()));
            case Value.Items ignored -> throw new IllegalStateException("a list is written by its items");
        }
    }
}
