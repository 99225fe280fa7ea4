package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.sink.connect.settings.SinkConfig;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** The {@code records} topic of a pipeline, as bytes. */
record FerryRecords(SinkConfig config) implements RecordReading {
    @Override
    public RecordIntent read(SinkRecord record) {
        byte[] key = bytes(record.key(), "key");
        byte @Nullable [] value = record.value() == null ? null : bytes(record.value(), "value");
        try {
            return switch (Codecs.RECORD_KEY.decode(key)) {
                case RecordKey.OfBarrier ignored -> new RecordIntent.Nothing();
                case RecordKey.OfRow(TargetKey row) -> read(record.topic(), row, Codecs.RECORD.decode(value));
            };
        } catch (IllegalArgumentException e) {
            throw FerryException.rejected(
                    ErrorType.DATA_CORRUPTION,
                    "the bytes are not a record of a pipeline; for other records set record.format=debezium");
        }
    }

    private RecordIntent read(String topic, TargetKey key, TargetRecord record) {
        String table = config.tableNames().of(topic, key.collection());
        return switch (record) {
            case TargetRecord.Upsert upsert ->
                new RecordIntent.Upsert(table, key.id(), IncomingRow.known(upsert.row()), Optional.empty());
            case TargetRecord.Delete ignored ->
                config.deletes()
                        ? new RecordIntent.Delete(table, key.id(), false, Optional.empty())
                        : new RecordIntent.Nothing();
            case TargetRecord.BarrierMark ignored -> new RecordIntent.Nothing();
        };
    }

    private static byte[] bytes(@Nullable Object part, String name) {
        if (part instanceof byte[] bytes) {
            return bytes;
        }
        throw FerryException.rejected(
                ErrorType.SCHEMA,
                "the record's %s is not bytes: set %s.converter=org.apache.kafka.connect.converters.ByteArrayConverter"
                        .formatted(name, name));
    }
}
