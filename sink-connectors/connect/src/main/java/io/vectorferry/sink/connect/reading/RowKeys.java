package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.connect.settings.JsonText;
import io.vectorferry.sink.connect.settings.SinkConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** A row's id: of the record's key or of fields of its value, in the sense of the JDBC sink. */
public record RowKeys(SinkConfig.PrimaryKey config) {
    /** @param column the only key column, which is then no payload field as well */
    record RowKey(TargetKey.Id id, Optional<String> column) {}

    /** @param image the row, or of a deletion the row before it; empty of a tombstone */
    public RowKey of(SinkRecord record, Optional<RecordFields> image) {
        return switch (config.mode()) {
            case RECORD_KEY -> ofKey(record);
            case RECORD_VALUE ->
                ofFields(image.or(() -> RecordFields.of(record.key())).orElseThrow(RowKeys::noValue));
        };
    }

    private RowKey ofKey(SinkRecord record) {
        Object key = record.key();
        if (key == null) {
            throw rejected(
                    "the record has no key: give the table a primary key, or set pk.mode=record_value with pk.fields");
        }
        Optional<RecordFields> content = RecordFields.of(key);
        if (content.isEmpty()) {
            Optional<String> column = config.fields().stream().findFirst();
            return new RowKey(single(key), column);
        }
        return ofFields(content.get());
    }

    private RowKey ofFields(RecordFields content) {
        List<String> names = config.fields().isEmpty()
                ? content.items().stream().map(RecordFields.Item::name).toList()
                : config.fields();
        List<Object> parts = new ArrayList<>();
        for (String name : names) {
            parts.add(content.value(name)
                    .orElseThrow(() -> rejected(
                            "the key has no field %s, or it is NULL; see pk.mode and pk.fields".formatted(name))));
        }
        return parts.size() == 1
                ? new RowKey(single(parts.getFirst()), Optional.of(names.getFirst()))
                : new RowKey(new TargetKey.TextId(JsonText.of(parts)), Optional.empty());
    }

    private static TargetKey.Id single(@Nullable Object part) {
        return switch (part) {
            case Long whole -> new TargetKey.NumberId(whole);
            case Integer whole -> new TargetKey.NumberId(whole);
            case Short whole -> new TargetKey.NumberId(whole);
            case Byte whole -> new TargetKey.NumberId(whole);
            case String text -> new TargetKey.TextId(text);
            case byte[] ignored -> throw bytes();
            case ByteBuffer ignored -> throw bytes();
            case null, default -> new TargetKey.TextId(JsonText.of(List.of(String.valueOf(part))));
        };
    }

    private static FerryException bytes() {
        return rejected("the record's key is bytes: set key.converter to that of the source connector");
    }

    private static FerryException noValue() {
        return rejected(
                "a tombstone has no value to take the key from: set pk.mode=record_key, or tombstones.on.delete=false at the source");
    }

    private static FerryException rejected(String message) {
        return FerryException.rejected(ErrorType.SCHEMA, message);
    }
}
