package io.vectorferry.sink.postgres.index;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.postgres.index.IndexMaintenance.Outcome;
import io.vectorferry.sink.postgres.table.PostgresErrors;
import io.vectorferry.sink.postgres.table.TargetSession;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.postgres.table.TypeNames;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the indexes that a table does not have, one after the other. */
final class IndexBuild {
    private static final Logger LOG = LoggerFactory.getLogger(IndexBuild.class);

    /** Up to a million rows pgvector advises a list for each thousand of them, and then the square root. */
    private static final long ROWS_PER_LIST = 1_000;

    private static final long MANY_ROWS = 1_000_000;
    private static final long MAX_MEMORY_KB = 1L << 20;
    private static final int PARALLEL_WORKERS = 4;
    private static final double NANOS_PER_SECOND = 1e9;

    /** Finds an index of that method whose first column it is; the application may have made it. */
    private static final String PRESENT = """
            SELECT i.indisvalid, c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_am m ON m.oid = c.relam
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attname = ?
            WHERE i.indrelid = ? AND m.amname = ANY (?) AND i.indkey[0] = a.attnum AND i.indpred IS NULL""";

    private final TargetSession session;
    private final QualifiedName name;

    IndexBuild(TargetSession session, QualifiedName name) {
        this.session = session;
        this.name = name;
    }

    /** The state of the table now. */
    private record Found(
            TargetTable table, long rows, String extension, List<IndexDefinition> missing, List<String> broken) {}

    Outcome run(List<IndexDefinition> wanted) throws SQLException {
        Optional<Found> looked = session.read(connection -> look(connection, wanted));
        if (looked.isEmpty()) {
            return Outcome.NO_ROWS;
        }
        Found found = looked.get();
        if (found.missing().isEmpty()) {
            return Outcome.BUILT;
        }
        if (!found.table().ownedByUser()) {
            throw FerryException.misconfigured(
                    "only the owner of table %s can make its index %s"
                            .formatted(
                                    name.collection(),
                                    found.missing().getFirst().name()),
                    "Grant ferry's role the owner's role, or make the index yourself: "
                            + statement(found, found.missing().getFirst(), ""));
        }
        for (String broken : found.broken()) {
            session.alone("DROP INDEX %s %s"
                    .formatted(
                            found.table().partitioned() ? "" : "CONCURRENTLY",
                            new QualifiedName(name.schema(), broken).sql()));
        }
        for (IndexDefinition index : found.missing()) {
            build(found, index);
        }
        return Outcome.BUILT;
    }

    private void build(Found found, IndexDefinition index) throws SQLException {
        long started = System.nanoTime();
        String sql = statement(found, index, found.table().partitioned() ? "" : "CONCURRENTLY");
        long memoryKb = Math.min(MAX_MEMORY_KB, found.rows() * index.bytesPerRow() / 1024);
        try {
            session.aloneWith(memoryKb, PARALLEL_WORKERS, sql);
        } catch (SQLException e) {
            if (!PostgresErrors.isShortOfResources(e)) {
                throw e;
            }
            // The server may have less memory to share between workers than it is allowed to use.
            session.alone("DROP INDEX IF EXISTS " + new QualifiedName(name.schema(), index.name()).sql(), sql);
        }
        LOG.info(
                "built index {} of {} in {} s",
                index.name(),
                name.collection(),
                "%.1f".formatted((System.nanoTime() - started) / NANOS_PER_SECOND));
    }

    private String statement(Found found, IndexDefinition index, String how) {
        String parameters = index.lists() < 0
                ? index.parameters()
                : "lists = " + (index.lists() > 0 ? index.lists() : lists(found.rows()));
        return "CREATE INDEX %s %s ON %s USING %s (%s%s)%s"
                .formatted(
                        how,
                        QualifiedName.quoted(index.name()),
                        name.sql(),
                        index.method(),
                        index.column().quoted(),
                        index.operatorClass()
                                .map(wanted -> " " + schemaOf(wanted, found.extension()) + wanted)
                                .orElse(""),
                        parameters.isEmpty() ? "" : " WITH (" + parameters + ")");
    }

    private static String schemaOf(String operatorClass, String extension) {
        return operatorClass.isEmpty() ? "" : extension + ".";
    }

    private static long lists(long rows) {
        return rows <= MANY_ROWS ? Math.max(1, rows / ROWS_PER_LIST) : (long) Math.sqrt((double) rows);
    }

    private Optional<Found> look(Connection connection, List<IndexDefinition> wanted) throws SQLException {
        Optional<TargetTable> table = TargetTable.find(connection, name);
        if (table.isEmpty()) {
            return Optional.empty();
        }
        long rows = count(connection);
        List<IndexDefinition> missing = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        for (IndexDefinition index : wanted) {
            if (rows > 0 && !isPresent(connection, table.get(), index, broken)) {
                missing.add(index);
            }
        }
        String extension = TypeNames.find(connection).map(TypeNames::extension).orElse("public");
        return rows == 0 ? Optional.empty() : Optional.of(new Found(table.get(), rows, extension, missing, broken));
    }

    /** @param broken gets the index if it has ferry's name and its build did not end */
    private static boolean isPresent(
            Connection connection, TargetTable table, IndexDefinition index, List<String> broken) throws SQLException {
        String[] methods =
                index.operatorClass().isPresent() ? new String[] {"hnsw", "ivfflat"} : new String[] {index.method()};
        boolean present = false;
        try (PreparedStatement statement = connection.prepareStatement(PRESENT)) {
            statement.setString(1, index.column().name());
            statement.setLong(2, table.oid());
            statement.setArray(3, connection.createArrayOf("text", methods));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    if (row.getBoolean(1)) {
                        present = true;
                    } else if (row.getString(2).equals(index.name())) {
                        broken.add(index.name());
                    }
                }
            }
        }
        return present;
    }

    private long count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM " + name.sql())) {
            row.next();
            return row.getLong(1);
        }
    }
}
