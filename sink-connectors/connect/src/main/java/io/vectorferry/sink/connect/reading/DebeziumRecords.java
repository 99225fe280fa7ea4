package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.sink.connect.reading.IncomingRow.VectorState;
import io.vectorferry.sink.connect.reading.RecordIntent.LogPosition;
import io.vectorferry.sink.connect.reading.RowKeys.RowKey;
import io.vectorferry.sink.connect.settings.SinkConfig;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;

/** Debezium's change envelopes, rows that were unwrapped from them, and tombstones; with or without a schema. */
final class DebeziumRecords implements RecordReading {
    private static final String BEFORE = "before";
    private static final String AFTER = "after";
    private static final String SOURCE = "source";
    private static final String OP = "op";

    private final SinkConfig config;
    private final RowKeys keys;
    private final RowContents contents;

    DebeziumRecords(SinkConfig config) {
        this.config = config;
        this.keys = new RowKeys(config.primaryKey());
        this.contents = new RowContents(config);
    }

    @Override
    public RecordIntent read(SinkRecord record) {
        String table = config.tableNames().ofTopic(record.topic());
        if (record.value() == null) {
            return delete(record, table, Optional.empty(), true, Optional.empty());
        }
        RecordFields content = RecordFields.of(record.value()).orElseThrow(DebeziumRecords::unreadable);
        if (isHeartbeat(record, content) || isTransactionMark(content)) {
            return new RecordIntent.Nothing();
        }
        if (content.items().size() == 2 && content.has("schema") && content.has("payload")) {
            throw rejected("the value includes its schema: set value.converter.schemas.enable=true");
        }
        return isEnvelope(content) ? envelope(record, table, content) : unwrapped(record, table, content);
    }

    /** Debezium's own topics hold them, which a {@code topics.regex} may take in. */
    private static boolean isHeartbeat(SinkRecord record, RecordFields value) {
        return value.items().size() == 1
                && value.has("ts_ms")
                && RecordFields.of(record.key())
                        .filter(key -> key.items().size() == 1 && key.has("serverName"))
                        .isPresent();
    }

    private static boolean isTransactionMark(RecordFields value) {
        return value.text("status")
                        .filter(status -> status.equals("BEGIN") || status.equals("END"))
                        .isPresent()
                && value.has("event_count")
                && value.has("data_collections");
    }

    private static boolean isEnvelope(RecordFields content) {
        return content.text(OP).isPresent()
                && (content.content(AFTER).isPresent()
                        || content.content(BEFORE).isPresent()
                        || content.content(SOURCE).isPresent());
    }

    private RecordIntent envelope(SinkRecord record, String table, RecordFields envelope) {
        String op = envelope.text(OP).orElse("");
        Optional<RecordFields> before = envelope.content(BEFORE);
        Optional<LogPosition> position = envelope.content(SOURCE)
                .flatMap(source -> source.whole("lsn"))
                .map(lsn -> new LogPosition(op.equals("r"), lsn));
        return switch (op) {
            case "c", "r" -> upsert(record, table, after(envelope), VectorState.KNOWN, position);
            case "u" -> upsert(record, table, after(envelope), nullInUpdate(before), position);
            case "d" -> delete(record, table, before, false, position);
            case "t" -> config.truncates() ? new RecordIntent.Truncate(table) : new RecordIntent.Nothing();
            case "m" -> new RecordIntent.Nothing();
            default -> throw rejected("the operation is none of c, r, u, d, t and m");
        };
    }

    private static RecordFields after(RecordFields envelope) {
        return envelope.content(AFTER).orElseThrow(() -> rejected("the change has no row after it"));
    }

    /**
     * Returns the meaning of a NULL: with the whole old row (REPLICA IDENTITY FULL), Debezium itself fills omitted
     * values, so it is a real NULL.
     */
    private VectorState nullInUpdate(Optional<RecordFields> before) {
        boolean whole = before.filter(contents::hasVector).isPresent();
        return whole ? VectorState.KNOWN : nullVector(VectorState.UNCHANGED);
    }

    private VectorState nullVector(VectorState kept) {
        return switch (config.nullVector()) {
            case KEEP -> kept;
            case WRITE -> VectorState.KNOWN;
        };
    }

    private RecordIntent unwrapped(SinkRecord record, String table, RecordFields row) {
        Optional<String> op = row.text("__op");
        Optional<LogPosition> position = row.whole("__lsn")
                .or(() -> row.whole("__source_lsn"))
                .map(lsn -> new LogPosition(op.filter("r"::equals).isPresent(), lsn));
        if (row.text("__deleted").filter("true"::equals).isPresent()
                || op.filter("d"::equals).isPresent()) {
            return delete(record, table, Optional.of(row), false, position);
        }
        boolean inserted = op.filter(o -> o.equals("c") || o.equals("r")).isPresent();
        VectorState nullVector = inserted
                ? VectorState.KNOWN
                : nullVector(op.isPresent() ? VectorState.UNCHANGED : VectorState.UNCHANGED_OR_NULL);
        return upsert(record, table, row, nullVector, position);
    }

    private RecordIntent upsert(
            SinkRecord record, String table, RecordFields row, VectorState nullVector, Optional<LogPosition> position) {
        RowKey key = keys.of(record, Optional.of(row));
        return new RecordIntent.Upsert(table, key.id(), contents.of(row, key.column(), nullVector), position);
    }

    private RecordIntent delete(
            SinkRecord record,
            String table,
            Optional<RecordFields> image,
            boolean tombstone,
            Optional<LogPosition> position) {
        return config.deletes()
                ? new RecordIntent.Delete(table, keys.of(record, image).id(), tombstone, position)
                : new RecordIntent.Nothing();
    }

    private static FerryException unreadable() {
        return rejected(
                "the value is neither a row nor a change: set value.converter to that of the source connector, or record.format=vectorferry for the records topic of a pipeline");
    }

    private static FerryException rejected(String message) {
        return FerryException.rejected(ErrorType.SCHEMA, message);
    }
}
