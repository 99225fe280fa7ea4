package io.vectorferry.sink.connect;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The destination of rows that cannot be written: the worker's error reporter, before their offsets count as consumed.
 */
record ErrantRows(@Nullable ErrantRecordReporter reporter) {

    /** @throws ConnectException when the connector tolerates no errors */
    void report(SinkRecord record, ErrorType type, String message) {
        ConnectException why = new ConnectException("%s: %s (record %s-%d@%d)"
                .formatted(
                        type.label(),
                        message,
                        record.originalTopic(),
                        record.originalKafkaPartition(),
                        record.originalKafkaOffset()));
        ErrantRecordReporter present = reporter;
        if (present == null) {
            throw new ConnectException(
                    why.getMessage()
                            + ". To skip such rows and continue: errors.tolerance=all with errors.deadletterqueue.topic.name",
                    why);
        }
        try {
            present.report(record, why).get();
        } catch (ExecutionException e) {
            throw FerryException.retryable("the dead-letter queue rejected a record", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while reporting a record", e);
        }
    }
}
