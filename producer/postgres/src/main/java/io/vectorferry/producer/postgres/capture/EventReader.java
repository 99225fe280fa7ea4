package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.postgres.mark.BarrierMessage;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.stores.postgres.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Reads Debezium's records in the order of commits. A change is placed at the end of the newest commit received before
 * its transaction, since the log names no transaction's own commit before its changes; the changes that share a place are
 * those of one transaction, and counted: docs/decisions/order-of-commits.md. For one thread.
 */
public final class EventReader {
    private final CaptureListener listener;
    private final String messagePrefix;
    private final Map<String, Schema> schemas = new HashMap<>();
    private long place;
    private int order = -1;

    /** @param from where streaming begins: the place of the first transaction */
    EventReader(CaptureListener listener, String messagePrefix, long from) {
        this.listener = listener;
        this.messagePrefix = messagePrefix;
        this.place = from;
    }

    public LogEvent read(SourceRecord record) {
        if (!(record.value() instanceof Struct value) || value.schema().field("op") == null) {
            return new LogEvent.Nothing();
        }
        Struct source = value.getStruct("source");
        advance(record);
        if (!value.getString("op").equals("m") && !listener.isNamed(collection(source))) {
            return new LogEvent.Nothing();
        }
        return switch (value.getString("op")) {
            case "m" -> message(value, source.getInt64("lsn"));
            case "t" -> {
                String collection = collection(source);
                listener.truncated(collection, source.getInt64("txId") == null ? 0 : source.getInt64("txId"));
                yield new LogEvent.Truncated(collection, position(collection), micros(source));
            }
            case "c", "u", "d" -> {
                TableShape shape = shape(collection(source), record);
                Optional<SourceKey> key = key(shape, record);
                if (key.isEmpty()) {
                    listener.keyLacking(shape.collection());
                    yield new LogEvent.Nothing();
                }
                yield ofRow(shape, key.get(), value);
            }
            default -> new LogEvent.Nothing();
        };
    }

    private LogEvent ofRow(TableShape shape, SourceKey key, Struct value) {
        Struct source = value.getStruct("source");
        SourcePosition position = position(shape.collection());
        return value.getString("op").equals("d")
                ? new LogEvent.Deleted(key, position, micros(source))
                : new LogEvent.Written(
                        shape,
                        key,
                        position,
                        micros(source),
                        value.getString("op").equals("c"),
                        value.getStruct("after"),
                        source.getInt64("txId") == null ? 0 : source.getInt64("txId"));
    }

    /**
     * How far the log was read when a record came, heartbeats included: the furthest that its offset names. It is behind
     * the commit of every transaction that is not complete, so streaming can begin there again.
     */
    static long reached(SourceRecord record) {
        return Math.max(offset(record, "lsn"), Math.max(offset(record, "lsn_proc"), offset(record, "lsn_commit")));
    }

    private static long offset(SourceRecord record, String name) {
        return record.sourceOffset() != null && record.sourceOffset().get(name) instanceof Number number
                ? number.longValue()
                : 0;
    }

    private void advance(SourceRecord record) {
        long newestCommit = Math.max(place, offset(record, "lsn_commit"));
        order = newestCommit == place ? order + 1 : 0;
        if (newestCommit != place) {
            listener.committed(newestCommit);
        }
        place = newestCommit;
    }

    private LogEvent message(Struct value, long lsn) {
        Struct message = value.getStruct("message");
        String prefix = message.getString("prefix");
        if (TableMark.isOf(messagePrefix, prefix)) {
            listener.reached(TableMark.parse(message.getBytes("content")), place);
        }
        if (ReadMarks.isOf(messagePrefix, prefix)) {
            listener.cameTo(new String(message.getBytes("content"), StandardCharsets.UTF_8));
        }
        if (!messagePrefix.equals(prefix)) {
            return new LogEvent.Nothing();
        }
        Barrier barrier = BarrierMessage.parse(
                message.getBytes("content"), LogSequenceNumber.valueOf(lsn).asString());
        listener.barrier(barrier.id(), lsn);
        return new LogEvent.BarrierSeen(barrier);
    }

    /**
     * Debezium reports an altered table by a changed schema; the first one may differ from what was read at the start.
     */
    private TableShape shape(String collection, SourceRecord record) {
        Schema now = record.valueSchema();
        Schema before = schemas.put(collection, now);
        return now.equals(before) ? listener.shape(collection) : listener.columnsChanged(collection, columns(now));
    }

    private SourcePosition position(String collection) {
        return SourcePosition.stream(listener.generation(collection), place, order);
    }

    /** Empty: the row is of a table whose key has other columns, or columns of other types. */
    private static Optional<SourceKey> key(TableShape shape, SourceRecord record) {
        List<Value> parts = new ArrayList<>(shape.key().size());
        for (Column column : shape.key()) {
            Field field = record.keySchema() == null ? null : record.keySchema().field(column.name());
            if (field == null || !(record.key() instanceof Struct key)) {
                return Optional.empty();
            }
            try {
                parts.add(ConnectValues.of(
                        column.type().fieldType(), field.schema(), key.getWithoutDefault(column.name())));
            } catch (ClassCastException | IllegalArgumentException | DateTimeException e) {
                return Optional.empty();
            }
        }
        return Optional.of(new SourceKey(shape.collection(), parts));
    }

    private static Set<String> columns(Schema change) {
        return change.field("after").schema().fields().stream().map(Field::name).collect(Collectors.toSet());
    }

    private static String collection(Struct source) {
        return new QualifiedName(source.getString("schema"), source.getString("table")).collection();
    }

    private static long micros(Struct source) {
        Long micros = source.schema().field("ts_us") == null ? null : source.getInt64("ts_us");
        return micros == null ? Micros.ofMillis(source.getInt64("ts_ms")) : micros;
    }
}
