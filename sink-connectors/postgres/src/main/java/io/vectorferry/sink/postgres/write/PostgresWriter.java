package io.vectorferry.sink.postgres.write;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.postgres.index.IndexMaintenance;
import io.vectorferry.sink.postgres.table.FerryNotes;
import io.vectorferry.sink.postgres.table.FerryNotes.Claim;
import io.vectorferry.sink.postgres.table.FerryNotes.Noted;
import io.vectorferry.sink.postgres.table.PostgresErrors;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.TableDefinition;
import io.vectorferry.sink.postgres.table.TargetSession;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes a batch in one transaction, with the offsets in {@link FerryNotes}: it locks the row that every other writer of
 * the table locks too.
 */
public final class PostgresWriter implements TargetWriter {
    private final QualifiedName name;
    private final FerryNotes notes;
    private final TargetSession session;
    private @Nullable Claim claim;
    private @Nullable TargetSchema schema;
    private @Nullable PreparedTable prepared;
    private @Nullable RowCheck check;
    private final IndexMaintenance indexes;
    /** The application's own sequence is past this id. */
    private long sequenceAt;

    /** @param searchedBy how the source itself searches the collection */
    public PostgresWriter(
            QualifiedName name,
            PostgresTargetConfig config,
            Connections connections,
            Supplier<Optional<DistanceMetric>> searchedBy) {
        this.name = name;
        this.notes = new FerryNotes(name);
        this.session = new TargetSession(connections);
        this.indexes = new IndexMaintenance(name, config, connections, searchedBy);
    }

    private <T extends @Nullable Object> T write(String action, TargetSession.Work<T> work) {
        try {
            return session.write(work);
        } catch (SQLException e) {
            throw PostgresErrors.translate(e, "%s %s".formatted(action, name.collection()));
        }
    }

    private <T extends @Nullable Object> T read(String action, TargetSession.Work<T> work) {
        try {
            return session.read(work);
        } catch (SQLException e) {
            throw PostgresErrors.translate(e, "%s %s".formatted(action, name.collection()));
        }
    }

    @Override
    public void prepare(TargetSchema wanted) {
        schema = wanted;
        record Result(Claim claim, PreparedTable prepared) {}
        Result result = write("preparing", connection -> {
            Optional<TargetTable> found = TargetTable.find(connection, name);
            TableDefinition definition = new TableDefinition(connection, name, wanted);
            TargetTable table;
            Claim claimed;
            if (found.isEmpty()) {
                table = definition.create();
                claimed = notes.claim(connection, table.oid(), true);
            } else {
                claimed = claimed(connection, found.get());
                boolean made = notes.read(connection, claimed.oid())
                        .filter(Noted::made)
                        .isPresent();
                table = definition.fitted(found.get(), made);
            }
            PreparedTable columns = PreparedTable.of(table, wanted);
            notes.columns(connection, names(columns.vectors()), names(columns.fields()));
            return new Result(claimed, columns);
        });
        claim = result.claim();
        prepared = result.prepared();
        check = new RowCheck(result.prepared());
        indexes.changed();
    }

    private static List<String> names(List<StoredColumn> columns) {
        return columns.stream().map(StoredColumn::name).toList();
    }

    /** Claims the table, once per writer; later calls only verify the claim. */
    private Claim claimed(Connection connection, TargetTable table) throws SQLException {
        Claim known = claim;
        if (known != null) {
            notes.lock(connection, known);
            return known;
        }
        return notes.claim(connection, table.oid(), false);
    }

    @Override
    public boolean exists() {
        return read(
                "looking for", connection -> TargetTable.find(connection, name).isPresent());
    }

    @Override
    public int dimensionOf(String vectorColumn) {
        return read("looking at", connection -> TargetTable.find(connection, name)
                .flatMap(table -> table.column(vectorColumn))
                .flatMap(StoredColumn::vector)
                .map(ColumnType.OfVector::dimension)
                .orElse(0));
    }

    @Override
    public Optional<TargetSchema> filledWith() {
        return read("looking at", connection -> {
            Optional<TargetTable> table = TargetTable.find(connection, name);
            if (table.isEmpty()) {
                return Optional.empty();
            }
            return notes.read(connection, table.get().oid())
                    .filter(noted -> noted.offsets().isPresent())
                    .map(noted -> schemaOf(table.get(), noted));
        });
    }

    private TargetSchema schemaOf(TargetTable table, Noted noted) {
        List<VectorShape> vectors = new ArrayList<>();
        for (String column : noted.vectors()) {
            table.column(column)
                    .flatMap(StoredColumn::vector)
                    .ifPresent(type -> vectors.add(new VectorShape(column, type.element(), type.dimension())));
        }
        Map<String, FieldType> fields = new LinkedHashMap<>();
        for (String column : noted.fields()) {
            table.column(column).ifPresent(stored -> fields.put(column, stored.fieldType()));
        }
        return new TargetSchema(name.collection(), table.key().kind(), vectors, fields);
    }

    @Override
    public boolean canBecomeReal(String field) {
        return read("looking at", connection -> {
            Optional<TargetTable> table = TargetTable.find(connection, name);
            Optional<StoredColumn> column = table.flatMap(found -> found.column(field));
            if (table.isEmpty() || column.isEmpty()) {
                return true;
            }
            boolean ours = notes.read(connection, table.get().oid())
                    .filter(Noted::made)
                    .isPresent();
            return ours
                    && !table.get().isKey(field)
                    && TableDefinition.isWhole(column.get().fieldType())
                    && isExactAsReal(connection, column.get());
        });
    }

    private boolean isExactAsReal(Connection connection, StoredColumn column) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT NOT EXISTS (SELECT FROM %s WHERE %s::float8::numeric <> %s::numeric)"
                                .formatted(name.sql(), column.quoted(), column.quoted()))) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Override
    public Optional<Rejection> check(TargetWrite write) {
        RowCheck present = check;
        if (present == null) {
            throw new IllegalStateException("the table is not prepared: " + name.collection());
        }
        return present.check(write);
    }

    @Override
    public void apply(WriteBatch batch) {
        try {
            apply(batch, false);
        } catch (SQLException e) {
            if (!isKeyTaken(e)) {
                throw failure(e, batch);
            }
            try {
                apply(batch, true);
            } catch (SQLException again) {
                throw failure(again, batch);
            }
        }
    }

    /** The application has inserted one of the keys since it was looked for. */
    private boolean isKeyTaken(SQLException e) {
        PreparedTable known = prepared;
        return known != null
                && PostgresErrors.isOf(
                        e, PostgresErrors.UNIQUE_VIOLATION, known.table().keyIndex());
    }

    private FerryException failure(SQLException e, WriteBatch batch) {
        TargetSchema known = schema;
        if (PostgresErrors.isOfChangedTable(e) && known != null) {
            prepare(known); // refuses a table that does not fit any more
            return FerryException.retryable(
                    "table %s was altered: %s".formatted(name.collection(), Connections.firstLine(e)), e);
        }
        boolean isDeletion = batch.writes().size() == 1 && batch.writes().getFirst() instanceof TargetWrite.Delete;
        return isDeletion
                ? PostgresErrors.ofDeletion(e, name.collection())
                : PostgresErrors.ofRows(e, name.collection());
    }

    private void apply(WriteBatch batch, boolean apart) throws SQLException {
        List<TargetWrite.Upsert> upserts = new ArrayList<>();
        List<TargetWrite.Delete> deletes = new ArrayList<>();
        for (TargetWrite write : batch.writes()) {
            switch (write) {
                case TargetWrite.Upsert upsert -> upserts.add(upsert);
                case TargetWrite.Delete delete -> deletes.add(delete);
            }
        }
        claim = session.write(connection -> {
            TargetTable table = tableOf(connection);
            Claim owned = claimed(connection, table);
            BatchStatements statements = new BatchStatements(connection, table);
            statements.useIndex();
            if (!deletes.isEmpty()) {
                statements.delete(deletes);
            }
            if (!upserts.isEmpty()) {
                statements.upsert(upserts, preparedTable(), apart);
                moveSequence(statements, table, upserts);
            }
            if (!batch.offsets().next().isEmpty()) {
                notes.advance(connection, batch.offsets());
            }
            return owned;
        });
        indexes.written(upserts.size());
    }

    private void moveSequence(BatchStatements statements, TargetTable table, List<TargetWrite.Upsert> upserts)
            throws SQLException {
        if (table.sequence().isEmpty()) {
            return;
        }
        long greatest = Long.MIN_VALUE;
        for (TargetWrite.Upsert upsert : upserts) {
            if (upsert.key().id() instanceof TargetKey.NumberId(long number)) {
                greatest = Math.max(greatest, number);
            }
        }
        if (greatest > sequenceAt) {
            statements.advanceSequence(table.sequence().get(), greatest);
            sequenceAt = greatest;
        }
    }

    private PreparedTable preparedTable() {
        PreparedTable known = prepared;
        if (known == null) {
            throw new IllegalStateException("the table is not prepared: " + name.collection());
        }
        return known;
    }

    private TargetTable tableOf(Connection connection) throws SQLException {
        PreparedTable known = prepared;
        if (known != null) {
            return known.table();
        }
        return TargetTable.find(connection, name)
                .orElseThrow(() -> FerryException.misconfigured(
                        "table %s does not exist any more".formatted(name.collection()),
                        "Start ferry again: it makes the table and fills it from `records`."));
    }

    @Override
    public Optional<PartitionOffsets> rememberedOffsets() {
        return read("reading the offsets of", connection -> {
            Optional<TargetTable> table = TargetTable.find(connection, name);
            return table.isEmpty() ? Optional.empty() : offsets(connection, table.get());
        });
    }

    private Optional<PartitionOffsets> offsets(Connection connection, TargetTable table) throws SQLException {
        return notes.read(connection, table.oid()).flatMap(Noted::offsets);
    }

    @Override
    public Optional<PartitionOffsets> committedOffsets() {
        return write("claiming", connection -> {
            Optional<TargetTable> table = TargetTable.find(connection, name);
            if (table.isEmpty()) {
                return Optional.empty();
            }
            claim = claimed(connection, table.get());
            return offsets(connection, table.get());
        });
    }

    @Override
    public void flush() {
        // A commit is readable when it returns.
    }

    @Override
    public void maintain(boolean caughtUp) {
        indexes.look(caughtUp, this::filled);
    }

    @Override
    public void settle() {
        indexes.settle(this::filled);
    }

    /** The columns that this run or an earlier one has filled; empty where there are none. */
    private Optional<PreparedTable> filled() {
        PreparedTable known = prepared;
        if (known != null) {
            return Optional.of(known);
        }
        return read("looking at", connection -> {
            Optional<TargetTable> table = TargetTable.find(connection, name);
            if (table.isEmpty()) {
                return Optional.empty();
            }
            return notes.read(connection, table.get().oid())
                    .filter(noted -> noted.offsets().isPresent())
                    .map(noted -> PreparedTable.of(table.get(), schemaOf(table.get(), noted)));
        });
    }

    @Override
    public void close() {
        indexes.close();
        session.close();
    }
}
