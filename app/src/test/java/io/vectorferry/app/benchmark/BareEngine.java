package io.vectorferry.app.benchmark;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.source.SourceRecord;

/** A Debezium engine that throws its changes away: what capture alone costs. Arguments: host, port, slot, publication, changes. Prints the seconds from the first batch to the last. */
final class BareEngine {
    private static final long TIMEOUT_MINUTES = 30;

    private BareEngine() {}

    public static void main(String... arguments) throws Exception {
        CountDownLatch remaining = new CountDownLatch(Integer.parseInt(arguments[4]));
        AtomicLong firstNanos = new AtomicLong();
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(settings(arguments))
                .notifying((batch, committer) -> {
                    firstNanos.compareAndSet(0, System.nanoTime());
                    take(batch, committer, remaining);
                })
                .build();
        Thread.ofPlatform().start(engine);
        if (!remaining.await(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
            throw new IllegalStateException(remaining.getCount() + " changes did not come");
        }
        System.out.println((System.nanoTime() - firstNanos.get()) / 1e9);
        engine.close();
    }

    private static void take(
            List<RecordChangeEvent<SourceRecord>> batch,
            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer,
            CountDownLatch remaining)
            throws InterruptedException {
        for (RecordChangeEvent<SourceRecord> event : batch) {
            committer.markProcessed(event);
            remaining.countDown();
        }
        committer.markBatchFinished();
    }

    private static Properties settings(String... arguments) {
        Properties p = new Properties();
        p.setProperty("name", "bare");
        p.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        p.setProperty("topic.prefix", "bare");
        p.setProperty("database.hostname", arguments[0]);
        p.setProperty("database.port", arguments[1]);
        p.setProperty("database.dbname", "postgres");
        p.setProperty("database.user", "postgres");
        p.setProperty("database.password", "");
        p.setProperty("plugin.name", "pgoutput");
        p.setProperty("slot.name", arguments[2]);
        p.setProperty("publication.name", arguments[3]);
        p.setProperty("publication.autocreate.mode", "disabled");
        p.setProperty("table.include.list", "public\\.articles");
        p.setProperty("snapshot.mode", "no_data");
        p.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        p.setProperty("offset.flush.interval.ms", "0");
        // As large as ours, so that only the work differs.
        p.setProperty("max.batch.size", "1024");
        p.setProperty("max.queue.size", "8192");
        p.setProperty("max.queue.size.in.bytes", Long.toString(32L << 20));
        p.setProperty("poll.interval.ms", "20");
        return p;
    }
}
