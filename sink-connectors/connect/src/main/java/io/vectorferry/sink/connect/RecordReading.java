package io.vectorferry.sink.connect;

import org.apache.kafka.connect.sink.SinkRecord;

/** Reads what a record asks for. Stateless. */
@FunctionalInterface
interface RecordReading {
    /** @throws io.vectorferry.contracts.FerryException of kind REJECTED_RECORD, without the record's content */
    Intent read(SinkRecord record);

    static RecordReading of(SinkConfig config) {
        return switch (config.recordFormat()) {
            case DEBEZIUM -> new DebeziumReading(config);
            case VECTORFERRY -> new FerryReading(config);
        };
    }
}
