package io.vectorferry.sink.connect.reading;

import io.vectorferry.sink.connect.settings.SinkConfig;
import org.apache.kafka.connect.sink.SinkRecord;

/** Reads what a record asks for. Stateless. */
@FunctionalInterface
public interface RecordReading {
    /** @throws io.vectorferry.contracts.FerryException of kind REJECTED_RECORD, without the record's content */
    RecordIntent read(SinkRecord record);

    static RecordReading of(SinkConfig config) {
        return switch (config.recordFormat()) {
            case DEBEZIUM -> new DebeziumRecords(config);
            case VECTORFERRY -> new FerryRecords(config);
        };
    }
}
