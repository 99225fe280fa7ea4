package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.RetryLog;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.snapshot.AlterationPatience;
import io.vectorferry.producer.postgres.snapshot.LiveTables;
import io.vectorferry.producer.postgres.snapshot.SnapshotRunner;
import io.vectorferry.producer.postgres.snapshot.TableGenerations;
import io.vectorferry.producer.postgres.table.TableParts;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every two seconds whether the tables are still those whose changes are captured, and whether one was altered so
 * that its old rows are stale. A table whose name another one has now, or that left the publication, is added to it. What
 * must be read again is marked in the log: a generation that began at once would take in changes from before that are
 * still on their way.
 */
public final class SchemaWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaWatch.class);
    private static final long PERIOD_MILLIS = 2_000;

    private static final String LOCK_TIMEOUT = "3s";

    /** About so many are read of a leaf; the application's TRUNCATE waits as long. */
    private static final int PROBED_BLOCKS = 1_000;

    private final PostgresConfig config;
    private final Connections connections;
    private final TableShapes catalog;
    private final Publication publication;
    private final LiveTables tables;
    private final TableGenerations generations;
    private final SnapshotRunner snapshots;
    private final CaptureState state;
    private final CountDownLatch stopped = new CountDownLatch(1);
    /** The versions whose marks capture has not come to yet; none(): a mark that another version had followed by then. */
    private final Map<String, TableVersion> marked = new ConcurrentHashMap<>();

    private final RetryLog retries = new RetryLog(LOG, "A table cannot be captured as it is");
    private final RecentTruncations truncations = new RecentTruncations();
    private final AlterationPatience patience;
    private boolean isTroubled;

    SchemaWatch(
            PostgresConfig config,
            Connections connections,
            TableShapes catalog,
            LiveTables tables,
            TableGenerations generations,
            SnapshotRunner snapshots,
            CaptureState state) {
        this.config = config;
        this.connections = connections;
        this.catalog = catalog;
        this.publication = new Publication(config);
        this.tables = tables;
        this.generations = generations;
        this.snapshots = snapshots;
        this.state = state;
        this.patience = new AlterationPatience(config.alterationPatience());
    }

    /** The first look, before capture: a table that must be read again never counts as complete. */
    void begin() throws SQLException {
        try (Connection connection = open()) {
            try {
                check(connection);
            } catch (FerryException e) {
                if (e.kind() != FerryException.Kind.RETRYABLE) {
                    throw e;
                }
                var unused = troubled(e);
            }
        }
    }

    /** Blocks until stopped. */
    public void run() throws InterruptedException {
        try (Connection connection = open()) {
            while (!stopped.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
                look(connection);
            }
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be watched: " + Connections.firstLine(e), e);
        }
    }

    /** A session that waits for no lock for long: the other tables wait with it. */
    private Connection open() throws SQLException {
        Connection connection = connections.provisioning();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '%s'".formatted(LOCK_TIMEOUT));
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    public void stop() {
        stopped.countDown();
    }

    /**
     * Reports at once what is wrong, and fails when it stays so: until then the application may be in the midst of it. What
     * passes by itself, such as a lock of another session, ends nothing however long it lasts: the other tables are captured.
     */
    private void look(Connection connection) throws SQLException {
        try {
            check(connection);
            if (isTroubled) {
                isTroubled = false;
                retries.recovered();
                patience.reset();
                state.troubled("");
            }
        } catch (FerryException e) {
            if (troubled(e)) {
                throw e;
            }
        }
    }

    /** Returns whether it has lasted too long. */
    private boolean troubled(FerryException e) {
        isTroubled = true;
        retries.failed(e);
        state.troubled("%s. %s".formatted(e.getMessage(), e.remedy()).strip());
        return e.kind() != FerryException.Kind.RETRYABLE && patience.isOver(e);
    }

    /** Adds what the publication lacks and marks what must be read again. */
    public void check(Connection writable) throws SQLException {
        // Rows or changes would be missing from now on, or the application's statements fail with the publication.
        Finding.refuseErrors(TableParts.problems(writable, config.address().user(), config.tables()));
        for (PostgresConfig.Table table : publication.absent(writable)) {
            try {
                // A publication with a table that has no key would make the application's updates fail.
                var unused = catalog.read(writable, table.collection());
            } catch (SQLException e) {
                throw lockedOr(e, writable, table);
            }
        }
        Optional<FerryException> locked = provision(writable);
        for (PostgresConfig.Table table : config.tables()) {
            try {
                check(writable, table);
            } catch (SQLException e) {
                locked = Optional.of(lockedOr(e, writable, table));
            }
        }
        if (locked.isPresent()) {
            throw locked.get();
        }
    }

    /** The server opens every published table to list its columns, and so waits for a session that has locked one. */
    private Optional<FerryException> provision(Connection writable) throws SQLException {
        try {
            return publication.provision(writable, generations::recordedGeneration);
        } catch (SQLException e) {
            if (!Publication.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            for (PostgresConfig.Table table : config.tables()) {
                if (isLocked(writable, table)) {
                    throw lockedOr(e, writable, table);
                }
            }
            throw FerryException.retryable(
                    "a table of the publication %s is locked by another session: it is not known whether rows changed"
                            .formatted(config.publication()),
                    e);
        }
    }

    private static boolean isLocked(Connection connection, PostgresConfig.Table table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
                  WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid() AND l.relation = to_regclass(?))""")) {
            statement.setString(1, table.name().sql());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static FerryException lockedOr(SQLException e, Connection connection, PostgresConfig.Table table)
            throws SQLException {
        if (Publication.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return Publication.locked(connection, table, "it is not known whether its rows changed", e);
        }
        throw e;
    }

    private void check(Connection connection, PostgresConfig.Table table) throws SQLException {
        String collection = table.collection();
        Optional<TableVersion> found =
                TableVersion.read(connection, config, table).filter(TableVersion::isPublished);
        // Before the recorded version: a mark that is reached in between is then seen as reached.
        @Nullable TableVersion pending = marked.get(collection);
        TableVersion before = generations.version(collection);
        if (found.isEmpty()) {
            return; // what is not published since the look before is added by the next one
        }
        TableVersion now = found.get();
        if (now.isSameAs(pending == null ? before : pending)) {
            return;
        }
        var unused = catalog.read(connection, collection);
        if (pending == null && staleness(connection, now, before).isEmpty()) {
            generations.seen(collection, now);
        } else {
            mark(connection, collection, now);
        }
    }

    private void mark(Connection connection, String collection, TableVersion now) throws SQLException {
        generations.outdated(collection);
        marked.put(collection, now); // before the mark, which capture may reach at once
        try {
            Publication.mark(connection, config, collection, now.replacing(generations.of(collection)));
        } catch (SQLException e) {
            forget(collection, now);
            throw e;
        }
    }

    private static Optional<String> staleness(Connection connection, TableVersion now, TableVersion before)
            throws SQLException {
        Optional<String> staleness = now.staleness(before);
        if (staleness.isPresent()) {
            return staleness;
        }
        for (String leaf : now.attached(before)) {
            if (holdsRows(connection, leaf)) {
                return Optional.of("a partition was attached that has rows, which are not in the log");
            }
        }
        for (String leaf : now.isPartitioned() ? now.rewritten(before).keySet() : Set.<String>of()) {
            if (!holdsRowFrom(connection, leaf, before)) {
                return Optional.of("a partition was truncated by its own name, which the log does not show");
            }
        }
        return Optional.empty();
    }

    private static boolean holdsRows(Connection connection, String leaf) throws SQLException {
        return truth(connection, "SELECT pg_relation_size(%s) > 0".formatted(leaf));
    }

    /**
     * A row that was written before the version was read: it shows that the leaf was not truncated since, but moved. Looks
     * into a part of a large leaf; where that has none, the table is read again, which is never wrong.
     */
    private static boolean holdsRowFrom(Connection connection, String leaf, TableVersion before) throws SQLException {
        Optional<String> oldest = before.oldestTransaction();
        if (oldest.isEmpty()) {
            return false;
        }
        String sample;
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT format('%I.%I TABLESAMPLE SYSTEM (%s)', n.nspname, c.relname,
                  least(100, 100.0 * ? / greatest(1, pg_relation_size(c.oid) / current_setting('block_size')::int)))
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ?""")) {
            statement.setInt(1, PROBED_BLOCKS);
            statement.setLong(2, Long.parseLong(leaf));
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                sample = row.getString(1);
            }
        }
        long transaction = Long.parseUnsignedLong(oldest.get()) & 0xffff_ffffL;
        return truth(
                connection,
                "SELECT EXISTS (SELECT FROM ONLY %s WHERE age(xmin) > age('%d'::xid))".formatted(sample, transaction));
    }

    private static boolean truth(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** The log holds a truncation of the whole collection. Called from capture's thread, as is what follows. */
    void truncated(String collection, long transaction) {
        truncations.add(collection, transaction);
    }

    /**
     * The log holds rows with these columns. One that was renamed since they were written is in neither of the names: they
     * are read again.
     */
    void logged(TableShape shape, Set<String> logged) {
        String collection = shape.collection();
        boolean lacks =
                shape.columns().stream().anyMatch(column -> !column.generated() && !logged.contains(column.name()));
        if (!lacks || generations.isOutdated(collection)) {
            return;
        }
        try (Connection connection = connections.provisioning()) {
            Optional<TableVersion> now = TableVersion.read(connection, config, config.table(collection));
            if (now.isPresent() && !columnNames(connection, shape).containsAll(logged)) {
                mark(connection, collection, now.get());
            }
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read for " + collection, e);
        }
    }

    private static Set<String> columnNames(Connection connection, TableShape shape) throws SQLException {
        Set<String> names = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped")) {
            statement.setString(1, shape.name().sql());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    /** Capture has come to a mark. One that comes again, or that a newer one follows, does nothing. */
    void reached(TableMark mark, long place) {
        String collection = mark.collection();
        if (!tables.has(collection)) {
            return; // it was marked before it was taken out of the pipeline
        }
        TableVersion version = new TableVersion(mark.version());
        if (generations.passes(mark) || generations.knows(mark)) {
            forget(collection, version);
            return;
        }
        if (!isCurrent(mark)) {
            // Rows of that version may have been captured: a table that is back at the one before is marked anew.
            marked.compute(
                    collection,
                    (key, newest) -> newest == null || newest.isSameAs(version) ? TableVersion.none() : newest);
            return;
        }
        TableVersion before = generations.version(collection);
        if (isOnlyTruncated(collection, version, before)) {
            generations.seen(collection, version);
            forget(collection, version);
            return;
        }
        tables.readAgain(collection);
        generations.advance(collection, version, place);
        forget(collection, version);
        LOG.info(
                "{} is read again, in generation {}: {}",
                collection,
                generations.of(collection),
                version.staleness(before)
                        .orElse("rows, columns or partitions changed in a way that the log does not show"));
        snapshots.restart(collection);
    }

    private void forget(String collection, TableVersion reached) {
        marked.computeIfPresent(collection, (key, newest) -> newest.isSameAs(reached) ? null : newest);
    }

    private boolean isOnlyTruncated(String collection, TableVersion version, TableVersion before) {
        Collection<String> rewriting = version.rewritten(before).values();
        return !rewriting.isEmpty()
                && version.staleness(before).isEmpty()
                && version.attached(before).isEmpty()
                && rewriting.stream().allMatch(transaction -> truncations.contains(collection, transaction));
    }

    private boolean isCurrent(TableMark mark) {
        try (Connection connection = connections.readOnly()) {
            for (PostgresConfig.Table table : config.tables()) {
                if (table.collection().equals(mark.collection())) {
                    return TableVersion.read(connection, config, table)
                            .filter(new TableVersion(mark.version())::isSameAs)
                            .isPresent();
                }
            }
            return false; // of a table that the pipeline no longer names
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read for " + mark.collection(), e);
        }
    }

    /** The newest transactions that truncated a whole collection. Safe for any thread. */
    private static final class RecentTruncations {
        private static final int MAX = 1_000;

        private final Set<String> transactions = new LinkedHashSet<>();

        synchronized void add(String collection, long transaction) {
            transactions.add(transaction + " " + collection);
            if (transactions.size() > MAX) {
                transactions.remove(transactions.iterator().next());
            }
        }

        synchronized boolean contains(String collection, String transaction) {
            return transactions.contains(transaction + " " + collection);
        }
    }
}
