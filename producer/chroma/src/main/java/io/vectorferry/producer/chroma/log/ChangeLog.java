package io.vectorferry.producer.chroma.log;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.stores.chroma.ChromaCollection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * Chroma's own write-ahead log, the table {@code embeddings_queue} of its SQLite database, read only and by short
 * statements: an open read would hold the server's writes up. An entry is only a signal; the record itself is read by
 * the API. For one thread.
 */
public final class ChangeLog implements AutoCloseable {
    private static final int BUSY_TIMEOUT_MILLIS = 10_000;

    /** Chroma applies what it logs at once; so many are far more than it can have before it. */
    private static final int NEWEST_MAX = 5_000;

    private final Connection connection;
    private final Path file;

    private final Optional<Object> fileKey;

    private ChangeLog(Connection connection, Path file) {
        this.connection = connection;
        this.file = file;
        this.fileKey = fileKey(file);
    }

    /** Whether another file lies in the directory now. */
    boolean isReplaced() {
        return !fileKey.equals(fileKey(file));
    }

    /** Empty where there is no file, or its file system gives none a key. */
    private static Optional<Object> fileKey(Path file) {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** @param directory the server's, where {@code chroma.sqlite3} lies */
    public static ChangeLog open(Path directory) {
        return open(directory, false);
    }

    /**
     * @param directory the server's, where {@code chroma.sqlite3} lies
     * @param wasRead whether this pipeline has read from the server before: then a missing file is one that is being restored
     */
    public static ChangeLog open(Path directory, boolean wasRead) {
        Path file = directory.resolve("chroma.sqlite3");
        if (!Files.isReadable(file) && wasRead) {
            throw FerryException.retryable(
                    "%s cannot be read at the moment. Restore it, or set source.chroma.directory to the server's persist directory"
                            .formatted(file),
                    new NoSuchFileException(file.toString()));
        }
        if (!Files.isReadable(file)) {
            throw FerryException.misconfigured(
                    "there is no " + file + " that can be read",
                    "Set source.chroma.directory to the server's persist directory, or remove it.");
        }
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
        try {
            return new ChangeLog(config.createConnection("jdbc:sqlite:" + file), file);
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    /** Whether it is the database of the server that lists this collection. */
    public boolean knows(ChromaCollection collection) {
        try {
            return number("SELECT count(*) FROM collections WHERE id = ?", collection.id()) > 0;
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    /** Whether Chroma removes entries by itself once a collection's index is written. */
    public boolean isPurged() {
        try (PreparedStatement statement =
                        connection.prepareStatement("SELECT config_json_str FROM embeddings_queue_config");
                ResultSet row = statement.executeQuery()) {
            return !row.next() || !row.getString(1).replace(" ", "").contains("\"automatically_purge\":false");
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    /** @param seen null when nothing was seen yet */
    LogSignal since(ChromaCollection collection, LogSignal.@Nullable Mark seen) {
        try {
            // One state of the database: a purge between two of the statements would hide what it purged.
            connection.setAutoCommit(false);
            try {
                return signal(collection, seen);
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    private LogSignal signal(ChromaCollection collection, LogSignal.@Nullable Mark seen) throws SQLException {
        String topic = "%/" + collection.id();
        long version = number("PRAGMA schema_version");
        LogSignal.Mark newest = newest(topic, version);
        if (seen == null || seen.schemaVersion() != version || newest.sequence() < seen.sequence()) {
            return new LogSignal.Anything(newest);
        }
        if (newest.equals(seen)) {
            return new LogSignal.Nothing(seen);
        }
        if (seen.sequence() == 0) {
            return new LogSignal.Anything(newest);
        }
        @Nullable String entry = entry(seen.sequence(), topic);
        if (entry != null && !entry.equals(seen.entry())) {
            return new LogSignal.Anything(newest);
        }
        Set<String> ids = new HashSet<>();
        collect(ids, "SELECT id FROM embeddings_queue WHERE seq_id > ? AND topic LIKE ?", seen.sequence(), topic);
        if (entry == null) {
            // Purged entries are in the metadata segment by then, each id with the number of its last change.
            collect(ids, """
                        SELECT e.embedding_id FROM embeddings e JOIN segments s ON s.id = e.segment_id
                        WHERE e.seq_id > ? AND s.scope = 'METADATA' AND s.collection = ?""", seen.sequence(), collection.id());
        }
        return new LogSignal.Some(ids, entry == null, newest);
    }

    /** The ids of the newest entries that still stand. */
    Set<String> newest(ChromaCollection collection) {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT id FROM embeddings_queue WHERE topic LIKE ? ORDER BY seq_id DESC LIMIT " + NEWEST_MAX)) {
            statement.setString(1, "%/" + collection.id());
            Set<String> ids = new HashSet<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getString(1));
                }
            }
            return ids;
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw unreadable(file, e);
        }
    }

    private LogSignal.Mark newest(String topic, long version) throws SQLException {
        long sequence = number("SELECT coalesce(max(seq_id), 0) FROM embeddings_queue WHERE topic LIKE ?", topic);
        @Nullable String entry = sequence == 0 ? "" : entry(sequence, topic);
        return new LogSignal.Mark(sequence, entry == null ? "" : entry, version);
    }

    private @Nullable String entry(long sequence, String topic) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT created_at || ' ' || operation || ' ' || id FROM embeddings_queue WHERE seq_id = ? AND topic LIKE ?")) {
            statement.setLong(1, sequence);
            statement.setString(2, topic);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    private void collect(Set<String> ids, String sql, long sequence, String of) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, sequence);
            statement.setString(2, of);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getString(1));
                }
            }
        }
    }

    private long number(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private static FerryException unreadable(Path file, SQLException e) {
        return FerryException.retryable("Chroma's log in %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
}
