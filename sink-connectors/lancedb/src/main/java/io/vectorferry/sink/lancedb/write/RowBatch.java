package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Rows as Arrow columns of the table's own schema; columns that a row does not have stay null. */
public final class RowBatch {
    private final VectorSchemaRoot root;
    private final ColumnNames names;
    private final Map<String, FieldVector> payload = new HashMap<>(); // by field
    private final Map<String, ArrowVectors> vectors = new HashMap<>(); // by field
    private final int rows;

    private RowBatch(VectorSchemaRoot root, int rows) {
        this.root = root;
        this.names = ColumnNames.in(root.getSchema());
        this.rows = rows;
    }

    /** The caller closes it. */
    public static VectorSchemaRoot of(Schema schema, List<TargetWrite.Upsert> upserts, BufferAllocator allocator) {
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
        try {
            fill(root, upserts);
            return root;
        } catch (RuntimeException e) {
            root.close();
            throw e;
        }
    }

    /** Replaces what the root holds. */
    static void fill(VectorSchemaRoot root, List<TargetWrite.Upsert> upserts) {
        RowBatch batch = new RowBatch(root, upserts.size());
        for (FieldVector column : root.getFieldVectors()) {
            column.setInitialCapacity(upserts.size());
            column.allocateNew();
        }
        for (int row = 0; row < upserts.size(); row++) {
            batch.put(row, upserts.get(row));
        }
        root.setRowCount(upserts.size());
    }

    private void put(int row, TargetWrite.Upsert upsert) {
        putId(row, upsert.key().id());
        Row content = upsert.row();
        for (int i = 0; i < content.vectorCount(); i++) {
            VectorColumn column = content.vectorAt(i);
            @Nullable Vector vector = column.vector();
            if (vector != null) {
                vectors(column.name()).put(row, vector);
            }
        }
        for (Field field : content.fields()) {
            ArrowFields.put(payload(field.name()), row, field.value());
        }
    }

    private FieldVector payload(String field) {
        return payload.computeIfAbsent(field, name -> root.getVector(names.payload(name)));
    }

    private void putId(int row, TargetKey.Id id) {
        FieldVector column = root.getVector(ColumnTypes.ID);
        switch (id) {
            case TargetKey.NumberId(long value) -> ((BigIntVector) column).setSafe(row, value);
            case TargetKey.TextId(String value) ->
                ((VarCharVector) column).setSafe(row, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    private ArrowVectors vectors(String name) {
        return vectors.computeIfAbsent(name, field -> ArrowVectors.of(root.getVector(names.vector(field)), rows));
    }
}
