package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.slot.OlderTransactions;
import io.vectorferry.producer.postgres.snapshot.SnapshotState.MeasuredLeaf;
import io.vectorferry.producer.postgres.table.RowDecoder;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the rows of one table: block ranges in parallel, each acknowledged before it counts as done, while changes
 * flow. A table that is rewritten meanwhile is read again from the start.
 */
public final class TableSnapshot {
    /** Up to this size the rows are counted for the progress bar; above it an estimate does. */
    private static final long COUNTED_BLOCKS = 200_000;

    private static final Logger LOG = LoggerFactory.getLogger(TableSnapshot.class);

    private final Connections connections;
    private final SnapshotProgress begun;
    private final RowDecoder decoder;
    private final PostgresConfig.Snapshot settings;
    private final ChangePublisher publisher;
    private final ReadMarks marks;
    private final TableGenerations generations;
    private final StageLife life;
    private volatile boolean stopped;
    private boolean announced;

    /** Creates the snapshot of the present generation, which resumes where an earlier process stopped. */
    TableSnapshot(
            Connections connections,
            LiveTables tables,
            String collection,
            PostgresConfig.Snapshot settings,
            ChangePublisher publisher,
            ReadMarks marks,
            TableGenerations generations,
            StageLife life) {
        this.connections = connections;
        // Before the shape, which is read anew before a generation begins: no generation is read by an older shape.
        this.begun =
                generations.progress(collection).toBuilder().clearWaitsFor().build();
        this.decoder = new RowDecoder(tables.of(collection));
        this.settings = settings;
        this.publisher = publisher;
        this.marks = marks;
        this.generations = generations;
        this.life = life;
    }

    public String collection() {
        return decoder.shape().collection();
    }

    /** Whether it is of the present generation, which is not complete yet. */
    boolean isDue() {
        return begun.getGeneration() == generations.of(collection()) && !generations.isComplete(collection());
    }

    /** Asks {@link #run} to end at the next chunk. */
    public void stop() {
        stopped = true;
    }

    /** Returns when every row is published and the end is marked, or when it was stopped. */
    public void run() {
        try (Connection connection = connections.readOnly()) {
            Optional<SnapshotState> resumed = resumed(connection);
            if (resumed.isEmpty()) {
                awaitOlderTransactions(connection);
            }
            if (stopped) {
                return;
            }
            SnapshotState state = resumed.isPresent() ? resumed.get() : begin(connection);
            while (!stopped) {
                readAll(state);
                if (!life.begin(() -> stopped)) {
                    return;
                }
                try {
                    if (state.isSameIncarnation(measure(connection))) {
                        publisher.broadcast(
                                new Change.SnapshotComplete(decoder.shape().collection(), begun.getGeneration()));
                        publisher.flush();
                        state.complete();
                        return;
                    }
                    state = begin(connection);
                } finally {
                    life.end();
                }
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private Optional<SnapshotState> resumed(Connection connection) throws SQLException {
        List<MeasuredLeaf> then = SnapshotState.recordedLeaves(begun, measure(connection));
        return then.isEmpty() ? Optional.empty() : Optional.of(SnapshotState.resumed(generations, begun, then));
    }

    /**
     * Waits for older transactions: what they have written before the table was captured, or before this generation
     * began, does not count in the log, so it must be visible before the first row is read.
     */
    private void awaitOlderTransactions(Connection connection) throws SQLException {
        OlderTransactions.ofDatabase(connection).awaitEnd(connection, () -> stopped, text -> {
            if (!announced) {
                announced = true;
                LOG.info("{} is not read yet: it {}", begun.getCollection(), text);
            }
            generations.progressed(begun.toBuilder().setWaitsFor(text).build());
        });
    }

    private SnapshotState begin(Connection connection) throws SQLException {
        List<MeasuredLeaf> leaves = measure(connection);
        marks.write(); // no chunk marks what an empty table shows
        SnapshotState state =
                new SnapshotState(generations, begun, leaves, settings.chunkBlocks(), rowsTotal(connection, leaves));
        state.publish(false);
        return state;
    }

    private void readAll(SnapshotState state) {
        AtomicBoolean failed = new AtomicBoolean();
        ConcurrentLinkedQueue<BlockRanges.Chunk> remaining = new ConcurrentLinkedQueue<>(state.remaining());
        List<Future<?>> workers = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(settings.parallelism())) {
            for (int i = 0; i < settings.parallelism(); i++) {
                workers.add(executor.submit(() -> readChunks(state, remaining, failed)));
            }
        }
        for (Future<?> worker : workers) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                throw FerryException.unexpected(
                        "the snapshot of " + decoder.shape().collection(), Objects.requireNonNullElse(e.getCause(), e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted in the snapshot", e);
            }
        }
    }

    private void readChunks(
            SnapshotState state, ConcurrentLinkedQueue<BlockRanges.Chunk> remaining, AtomicBoolean failed) {
        ChunkReader reader = new ChunkReader(decoder, publisher, marks, state.generation());
        BooleanSupplier ending = () -> stopped || failed.get();
        boolean ended = false;
        try (Connection connection = connections.readOnly()) {
            for (BlockRanges.Chunk chunk = remaining.poll();
                    chunk != null && state.awaitTurn(chunk, ending) && life.begin(ending);
                    chunk = remaining.poll()) {
                try {
                    state.finished(chunk, reader.read(connection, chunk));
                } finally {
                    life.end();
                }
            }
            ended = true;
        } catch (SQLException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted in the snapshot", e);
        } finally {
            if (!ended) {
                failed.set(true); // the others end too
            }
        }
    }

    private List<MeasuredLeaf> measure(Connection connection) throws SQLException {
        List<MeasuredLeaf> leaves = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT pg_relation_filenode(?::regclass), pg_relation_size(?::regclass) / current_setting('block_size')::bigint""")) {
            for (QualifiedName leaf : decoder.shape().leaves()) {
                statement.setString(1, leaf.sql());
                statement.setString(2, leaf.sql());
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    leaves.add(new MeasuredLeaf(leaf, row.getLong(1), row.getLong(2)));
                }
            }
        }
        return leaves;
    }

    private static long rowsTotal(Connection connection, List<MeasuredLeaf> leaves) throws SQLException {
        boolean small = leaves.stream().mapToLong(MeasuredLeaf::blocks).sum() <= COUNTED_BLOCKS;
        RowEstimate estimate = RowEstimate.of(connection, small ? COUNTED_BLOCKS : 0);
        long rows = 0;
        for (MeasuredLeaf leaf : leaves) {
            rows += estimate.size(leaf.name()).rows().orElse(0);
        }
        return rows;
    }

    private FerryException failed(SQLException e) {
        return FerryException.retryable(
                "the snapshot of %s was interrupted: %s"
                        .formatted(decoder.shape().collection(), Connections.firstLine(e)),
                e);
    }
}
