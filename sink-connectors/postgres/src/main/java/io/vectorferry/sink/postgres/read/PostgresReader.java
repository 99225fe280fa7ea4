package io.vectorferry.sink.postgres.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.postgres.table.FerryNotes;
import io.vectorferry.sink.postgres.table.KeyColumns;
import io.vectorferry.sink.postgres.table.PostgresErrors;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.TargetSession;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a table by binary COPY; a table that is not there yet is empty. */
public final class PostgresReader implements TargetReader {
    private static final int IDS_PER_READ = 1_000;

    /** Each part of a scan is a transaction of its own, so that a scan does not hold back the server's clean-up. */
    private static final int ROWS_PER_READ = 20_000;

    private final QualifiedName name;
    private final FerryNotes notes;
    private final TargetSession session;
    private final DistanceMetric metric;
    private @Nullable String searchedVector;

    /** @param metric of searches in a table without an index */
    public PostgresReader(QualifiedName name, Connections connections, DistanceMetric metric) {
        this.name = name;
        this.notes = new FerryNotes(name);
        this.session = new TargetSession(connections);
        this.metric = metric;
    }

    /** Work on the table, if there is one. */
    private interface TableWork<T extends @Nullable Object> {
        T in(Connection connection, TargetTable table) throws SQLException;
    }

    private <T extends @Nullable Object> T read(T absent, TableWork<T> work) {
        try {
            return session.read(connection -> {
                Optional<TargetTable> table = TargetTable.find(connection, name);
                return table.isEmpty() ? absent : work.in(connection, table.get());
            });
        } catch (SQLException e) {
            throw PostgresErrors.translate(e, "reading " + name.collection());
        }
    }

    private StoredRows rows(Connection connection, TargetTable table) throws SQLException {
        return new StoredRows(table, notes.read(connection, table.oid()).filter(noted -> noted.offsets()
                .isPresent()));
    }

    @Override
    public long count() {
        return read(0L, (connection, table) -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(
                            "SELECT count(*) FROM " + table.name().sql())) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    @Override
    public Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, Row> found = new HashMap<>();
        read(found, (connection, table) -> {
            KeyColumns key = table.key();
            StoredRows rows = rows(connection, table);
            List<List<Value>> keys = new LinkedHashSet<>(ids)
                    .stream().flatMap(id -> key.values(id).stream()).toList();
            for (int from = 0; from < keys.size(); from += IDS_PER_READ) {
                List<List<Value>> some = keys.subList(from, Math.min(keys.size(), from + IDS_PER_READ));
                rows.read(
                        connection,
                        "JOIN %s ON %s".formatted(key.table(some), key.matches()),
                        stored -> found.put(stored.id(), stored.row()));
            }
            return found;
        });
        return found;
    }

    @Override
    public void scan(Consumer<StoredRow> rows) {
        scan("", rows, mark -> {});
    }

    /** Reads in the key's order; the mark is the id of the last row. */
    @Override
    public void scan(String mark, Consumer<StoredRow> rows, Consumer<String> marks) {
        Optional<ScanMark> after = ScanMark.parse(mark);
        while (true) {
            Part part = part(after, rows);
            part.mark().ifPresent(reached -> marks.accept(reached.text()));
            if (part.rows() < ROWS_PER_READ) {
                return;
            }
            after = part.mark();
        }
    }

    /** @param mark the last row of it */
    private record Part(int rows, Optional<ScanMark> mark) {}

    private Part part(Optional<ScanMark> after, Consumer<StoredRow> rows) {
        return read(new Part(0, Optional.empty()), (connection, table) -> {
            KeyColumns key = table.key();
            String from = after.map(mark -> "WHERE (%s) > (%s) "
                            .formatted(
                                    key.list(),
                                    key.literal(key.values(mark.id()).orElseThrow())))
                    .orElse("");
            int[] count = new int[1];
            TargetKey.Id[] last = new TargetKey.Id[1];
            rows(connection, table)
                    .read(connection, "%sORDER BY %s LIMIT %d".formatted(from, key.list(), ROWS_PER_READ), stored -> {
                        count[0]++;
                        last[0] = stored.id();
                        rows.accept(stored);
                    });
            return count[0] == 0
                    ? new Part(0, Optional.empty())
                    : new Part(count[0], Optional.of(new ScanMark(table.oid(), last[0])));
        });
    }

    @Override
    public boolean continuesFrom(String mark) {
        Optional<ScanMark> parsed = ScanMark.parse(mark);
        return parsed.isPresent()
                && read(
                        false,
                        (connection, table) -> table.oid() == parsed.get().table()
                                && table.key().values(parsed.get().id()).isPresent());
    }

    @Override
    public void scanIds(Consumer<TargetKey.Id> ids) {
        read(false, (connection, table) -> {
            rows(connection, table).readIds(connection, "", ids);
            return true;
        });
    }

    @Override
    public void searchBy(String vectorColumn) {
        searchedVector = vectorColumn;
    }

    /** The vector column of searches; empty where the table has none. */
    private Optional<StoredColumn> searched(Connection connection, TargetTable table) throws SQLException {
        List<StoredColumn> vectors = rows(connection, table).vectors();
        return vectors.stream()
                .filter(column -> column.name().equals(searchedVector))
                .findFirst()
                .or(() -> vectors.stream().findFirst());
    }

    @Override
    public List<Hit> search(Vector query, int k) {
        return search(query, k, List.of());
    }

    @Override
    public List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        return read(new ArrayList<>(), (connection, table) -> {
            TableSearch search = new TableSearch(connection, table, searched(connection, table));
            return search.byIndex(query, k, conditions, metric);
        });
    }

    @Override
    public Optional<List<Hit>> searchWithoutIndex(Vector query, int k, DistanceMetric by) {
        return Optional.of(read(new ArrayList<>(), (connection, table) -> {
            TableSearch search = new TableSearch(connection, table, searched(connection, table));
            return search.rowByRow(query, k, by);
        }));
    }

    @Override
    public Optional<VectorIndex> vectorIndex() {
        return read(Optional.empty(), (connection, table) -> {
            TableSearch search = new TableSearch(connection, table, searched(connection, table));
            return search.index();
        });
    }

    @Override
    public Optional<DistanceMetric> configuredMetric() {
        return Optional.of(metric);
    }

    @Override
    public void close() {
        session.close();
    }
}
