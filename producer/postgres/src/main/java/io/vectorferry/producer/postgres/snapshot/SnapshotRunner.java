package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.StageLife;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.postgres.session.Connections;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots the tables that need one, one after the other: at the start, and again when one was altered so that its
 * rows must be read again.
 */
public final class SnapshotRunner {
    private static final int MAX_WAITING = 10_000;
    private static final long POLL_MILLIS = 100;

    private final Connections connections;
    private final LiveTables tables;
    private final TableGenerations generations;
    private final PostgresConfig.Snapshot settings;
    private final ChangePublisher publisher;
    private final ReadMarks marks;
    private final StageLife life;
    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private volatile boolean stopped;
    private volatile @Nullable TableSnapshot running;

    public SnapshotRunner(
            Connections connections,
            LiveTables tables,
            TableGenerations generations,
            PostgresConfig.Snapshot settings,
            ChangePublisher publisher,
            ReadMarks marks,
            StageLife life) {
        this.connections = connections;
        this.tables = tables;
        this.generations = generations;
        this.settings = settings;
        this.publisher = publisher;
        this.marks = marks;
        this.life = life;
    }

    /** A table that waits already is read once. */
    public void request(String collection) {
        if (!waiting.contains(collection)) {
            waiting.add(collection);
        }
    }

    /** Blocks until stopped. */
    public void run() throws InterruptedException {
        while (!stopped) {
            String collection = waiting.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            if (collection != null) {
                TableSnapshot snapshot = new TableSnapshot(
                        connections, tables, collection, settings, publisher, marks, generations, life);
                running = snapshot;
                // A generation that began before it could be stopped has requested the table anew.
                if (!stopped && snapshot.isDue()) {
                    snapshot.run();
                }
                running = null;
            }
        }
    }

    /** The table's rows have to be read from the start, also when that is being done now. */
    public void restart(String collection) {
        // First the stop: after the request, the one that runs may be the new one already.
        Optional.ofNullable(running)
                .filter(snapshot -> snapshot.collection().equals(collection))
                .ifPresent(TableSnapshot::stop);
        request(collection);
    }

    public void stop() {
        stopped = true;
        Optional.ofNullable(running).ifPresent(TableSnapshot::stop);
    }
}
