package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.connect.reading.IncomingRow.VectorState;
import io.vectorferry.sink.connect.settings.SinkConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** A row's vector and payload, and what the log left out of it. */
public final class RowContents {
    /** The fields that ExtractNewRecordState adds to a row: they describe the change, and are not columns. */
    private static final Set<String> METADATA = Set.of(
            "__op",
            "__deleted",
            "__lsn",
            "__source_lsn",
            "__ts_ms",
            "__source_ts_ms",
            "__table",
            "__source_table",
            "__schema",
            "__source_schema",
            "__db",
            "__source_db",
            "__txId",
            "__source_txId");

    private static final String SPARSE = "io.debezium.data.SparseDoubleVector";
    private static final Set<String> VECTOR_TYPES =
            Set.of("io.debezium.data.DoubleVector", "io.debezium.data.FloatVector", SPARSE);

    private final SinkConfig config;
    private final UnchangedPlaceholder placeholder;

    RowContents(SinkConfig config) {
        this.config = config;
        this.placeholder = new UnchangedPlaceholder(config.placeholder());
    }

    /**
     * @param keyColumn is the id and no payload field
     * @param nullVector what a NULL vector means here
     */
    public IncomingRow of(RecordFields content, Optional<String> keyColumn, VectorState nullVector) {
        RecordFields.Item vectorItem = vector(content);
        List<Field> fields = new ArrayList<>();
        Map<String, Optional<FieldType>> unchanged = new LinkedHashMap<>();
        for (RecordFields.Item item : content.items()) {
            if (item.name().equals(vectorItem.name()) || !isPayload(item.name(), keyColumn)) {
                continue;
            }
            if (placeholder.is(item.value())) {
                Schema schema = item.schema();
                unchanged.put(item.name(), Optional.ofNullable(schema).map(PayloadTypes::of));
            } else {
                PayloadValues.field(item).ifPresent(fields::add);
            }
        }
        boolean left = placeholder.is(vectorItem.value());
        VectorState state = left ? VectorState.UNCHANGED : vectorItem.value() == null ? nullVector : VectorState.KNOWN;
        return new IncomingRow(new Row(column(vectorItem, left), fields), state, unchanged);
    }

    private VectorColumn column(RecordFields.Item item, boolean left) {
        Object value = item.value();
        @Nullable Vector vector = value == null || left ? null : VectorBytes.of(item.name(), value);
        VectorElement element = vector == null ? declared(item.schema()) : vector.element();
        return new VectorColumn(item.name(), element, config.vectorDimension(), vector);
    }

    private static VectorElement declared(@Nullable Schema schema) {
        return schema != null && SPARSE.equals(schema.name()) ? VectorElement.SPARSE : VectorElement.FLOAT32;
    }

    /** Whether the row has a vector that is not NULL. */
    boolean hasVector(RecordFields content) {
        return findVector(content).map(RecordFields.Item::value).isPresent();
    }

    private boolean isPayload(String name, Optional<String> keyColumn) {
        if (METADATA.contains(name) || keyColumn.filter(name::equals).isPresent()) {
            return false;
        }
        return config.whitelist().isEmpty()
                || config.whitelist().contains(name)
                || config.textField().equals(name);
    }

    private RecordFields.Item vector(RecordFields content) {
        return findVector(content)
                .orElseThrow(() -> rejected(
                        config.vectorField().isEmpty()
                                ? "no field of the row has a vector type: set vector.field"
                                : "the row has no field %s, which vector.field names".formatted(config.vectorField())));
    }

    private Optional<RecordFields.Item> findVector(RecordFields content) {
        if (!config.vectorField().isEmpty()) {
            return content.item(config.vectorField());
        }
        for (RecordFields.Item item : content.items()) {
            Schema schema = item.schema();
            if (schema != null && schema.name() != null && VECTOR_TYPES.contains(schema.name())) {
                return Optional.of(item);
            }
        }
        return Optional.empty();
    }

    private static FerryException rejected(String message) {
        return FerryException.rejected(ErrorType.SCHEMA, message);
    }
}
