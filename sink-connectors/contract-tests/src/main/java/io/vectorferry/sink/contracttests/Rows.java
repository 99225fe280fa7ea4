package io.vectorferry.sink.contracttests;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows, writes and batches for tests: an id, a vector of three dimensions and a text. */
public final class Rows {
    public static final String COLLECTION = "public.articles";
    public static final int DIMENSION = 3;

    private Rows() {}

    public static TargetKey key(long id) {
        return new TargetKey(COLLECTION, new TargetKey.NumberId(id));
    }

    public static Row row(@Nullable Vector vector, Field... fields) {
        return new Row(new VectorColumn("embedding", VectorElement.FLOAT32, DIMENSION, vector), List.of(fields));
    }

    public static Row row(long id, String text) {
        return row(Vector.ofFloats((float) id, (float) id * 0.1f, (float) -id), text("body", text));
    }

    public static Field text(String name, String text) {
        return new Field(name, FieldType.of(FieldType.Name.TEXT), new Value.Text(text));
    }

    public static TargetWrite upsert(long id, Row row) {
        return upsert(key(id), row);
    }

    public static TargetWrite upsert(TargetKey key, Row row) {
        SourceKey source = new SourceKey(key.collection(), List.of());
        return new TargetWrite.Upsert(
                key, new TargetRecord.Upsert(source, SourcePosition.snapshot(1), 0, row), new TargetWrite.Origin(0, 0));
    }

    public static TargetWrite upsert(long id, String text) {
        return upsert(id, row(id, text));
    }

    public static TargetWrite delete(long id) {
        return new TargetWrite.Delete(key(id), new TargetWrite.Origin(0, 0));
    }

    public static WriteBatch batch(long nextOffset, TargetWrite... writes) {
        return WriteBatch.collapse(List.of(writes), offsets(nextOffset));
    }

    public static PartitionOffsets offsets(long next) {
        return PartitionOffsets.of(Map.of(0, next));
    }

    /** The schema that such a row needs. */
    public static TargetSchema schemaOf(TargetKey key, Row row) {
        Map<String, FieldType> fields = new LinkedHashMap<>();
        row.fields().forEach(f -> fields.put(f.name(), f.type()));
        return new TargetSchema(
                key.collection(),
                switch (key.id()) {
                    case TargetKey.NumberId ignored -> TargetSchema.IdKind.NUMBER;
                    case TargetKey.TextId ignored -> TargetSchema.IdKind.TEXT;
                },
                row.vectors().stream()
                        .map(column ->
                                new TargetSchema.VectorShape(column.name(), column.element(), column.dimension()))
                        .toList(),
                fields);
    }

    public static TargetSchema schema() {
        return schemaOf(key(1), row(1, ""));
    }
}
