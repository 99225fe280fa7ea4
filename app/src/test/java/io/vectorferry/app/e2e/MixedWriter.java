package io.vectorferry.app.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** An application that goes on writing: inserts, updates with and without the vector, deletes, key changes, in transactions, until it is closed. Seeded. */
final class MixedWriter implements AutoCloseable {
    private static final long FIRST_NEW_ID = 10_000_000L;
    private static final Duration PAUSE = Duration.ofMillis(4);

    private final SourceTable table;
    private final int dimension;
    private final long knownIds;
    private final Random random;
    private final Duration pause;
    private final AtomicLong writes = new AtomicLong();
    private final long started = System.nanoTime();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile @Nullable Exception failure;

    private MixedWriter(SourceTable table, int dimension, long knownIds, long seed, Duration pause) {
        this.table = table;
        this.dimension = dimension;
        this.knownIds = knownIds;
        this.random = new Random(seed);
        this.pause = pause;
        this.thread = new Thread(this::run, "mixed-writer");
    }

    static MixedWriter start(SourceTable table, int dimension, long knownIds, long seed) {
        return start(table, dimension, knownIds, seed, PAUSE);
    }

    /** @param pause after each transaction, of 2.5 statements on average */
    static MixedWriter start(SourceTable table, int dimension, long knownIds, long seed, Duration pause) {
        MixedWriter writer = new MixedWriter(table, dimension, knownIds, seed, pause);
        writer.thread.start();
        return writer;
    }

    long writes() {
        return writes.get();
    }

    double writesPerSecond() {
        return writes() / ((System.nanoTime() - started) / 1e9);
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure != null) {
            throw new IllegalStateException("the writing application failed", failure);
        }
    }

    private void run() {
        while (!stopped) {
            try (Connection connection = table.connect()) {
                connection.setAutoCommit(false);
                while (!stopped) {
                    transaction(connection);
                    Thread.onSpinWait();
                    java.util.concurrent.locks.LockSupport.parkNanos(pause.toNanos());
                }
            } catch (SQLException e) {
                // 57P: the server was killed or restarts; 08: so the connection is gone. An application connects again.
                String state = e.getSQLState() == null ? "" : e.getSQLState();
                if (!state.startsWith("57P") && !state.startsWith("08")) {
                    failure = e;
                    return;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            }
        }
    }

    private void transaction(Connection connection) throws SQLException {
        int statements = 1 + random.nextInt(4);
        for (int i = 0; i < statements; i++) {
            write(connection);
        }
        if (random.nextInt(20) == 0) {
            connection.rollback();
        } else {
            connection.commit();
            writes.addAndGet(statements);
        }
    }

    private void write(Connection connection) throws SQLException {
        long id = random.nextInt(3) == 0 ? FIRST_NEW_ID + random.nextInt(2_000) : random.nextLong(knownIds);
        switch (random.nextInt(8)) {
            case 0, 1 -> upsert(connection, id);
            case 2, 3 -> update(connection, "UPDATE articles SET views = views + 1 WHERE id = ?", id);
            case 4 -> update(connection, "UPDATE articles SET title = title || '!', score = random() WHERE id = ?", id);
            case 5 -> update(connection, "DELETE FROM articles WHERE id = ?", id);
            case 6 ->
                update(
                        connection,
                        "UPDATE articles SET tags = jsonb_build_object('n', views, 'x', '\"é'), price = 1.005 WHERE id = ?",
                        id);
            default -> changeKey(connection, id);
        }
    }

    private void upsert(Connection connection, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                INSERT INTO articles (id, title, views, seen_at, embedding) VALUES (?, 'new', 1, now(), ?::vector)
                ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding, seen_at = excluded.seen_at""")) {
            statement.setLong(1, id);
            statement.setString(2, random.nextInt(50) == 0 ? null : vector());
            statement.executeUpdate();
        }
    }

    private void changeKey(Connection connection, long id) throws SQLException {
        long other = FIRST_NEW_ID + random.nextInt(2_000);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE articles SET id = %d WHERE id = %d AND NOT EXISTS (SELECT FROM articles WHERE id = %d)"
                            .formatted(other, id, other));
        }
    }

    private static void update(Connection connection, String sql, long id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, id);
            statement.executeUpdate();
        }
    }

    private String vector() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < dimension; i++) {
            text.append(i == 0 ? "" : ",").append(random.nextFloat() - 0.5f);
        }
        return text.append(']').toString();
    }
}
