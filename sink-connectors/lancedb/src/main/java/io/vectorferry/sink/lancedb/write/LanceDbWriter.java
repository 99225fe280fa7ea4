package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.table.TableColumns;
import io.vectorferry.sink.lancedb.table.TableOffsets;
import io.vectorferry.sink.lancedb.table.WriterClaim;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.ColumnWidening;
import io.vectorferry.stores.lancedb.LanceErrors;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.NativeCall;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.FragmentMetadata;
import org.lance.WriteParams;
import org.lance.operation.Operation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a batch as one commit: the old rows of its keys deleted, the new ones appended, the offsets in the commit's
 * properties. Every commit lists the table's first fragment, so that another writer's commit on the same version
 * conflicts with it instead of landing beside it; in a table without any, see {@link WriterClaim#firstRows}.
 */
public final class LanceDbWriter implements TargetWriter {
    private static final Logger LOG = LoggerFactory.getLogger(LanceDbWriter.class);

    /** Maximum number of conflicts: beyond it, someone rewrites the table constantly, and the caller backs off. */
    private static final int MAX_CONFLICTS = 5;

    private final LanceTable table;
    private final LanceDbConfig config;
    private final BufferAllocator allocator;
    private final WriterClaim claim;
    private final TableMaintenance upkeep;
    private @Nullable TableRowCheck check;
    private @Nullable RowLocations locations;
    /** The table may be at another version than the locations. */
    private boolean versionMayDiffer;

    /** @param searchedBy how the source itself searches the collection */
    public LanceDbWriter(
            String uri,
            LanceDbConfig config,
            BufferAllocator allocator,
            Supplier<Optional<DistanceMetric>> searchedBy) {
        this.config = config;
        this.allocator = allocator;
        this.table = new LanceTable(uri, config.storage(), allocator);
        this.claim = new WriterClaim(table);
        this.upkeep = new TableMaintenance(table, config, searchedBy);
    }

    @Override
    public void prepare(TargetSchema schema) {
        versionMayDiffer = true;
        try {
            NativeCall.unchecked(() -> createOrGrow(schema));
            claim.take();
            claim.describe(schema.vectors());
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "preparing", table.uri());
        }
        check = new TableRowCheck(schema);
    }

    private void createOrGrow(TargetSchema wanted) {
        if (table.find().isEmpty()) {
            table.create(TableColumns.of(wanted, ColumnNames.in(List.of())).schema(), config.dataStorageVersion());
            LOG.info("created table {}", table.uri());
        } else {
            ColumnWidening.dropLeftOver(table);
            Schema present = table.dataset().getSchema();
            TableColumns shape = TableColumns.of(wanted, ColumnNames.in(present));
            TableColumns.Growth growth = shape.growthOf(present, this::canBecomeReal, table.uri());
            grow(growth.missing());
            for (Field column : growth.widened()) {
                ColumnWidening.replace(table, column);
                LOG.info("widened column {} of {} to {}", column.getName(), table.uri(), column.getType());
            }
        }
    }

    private void grow(List<Field> missing) {
        if (!missing.isEmpty()) {
            table.dataset().addColumns(missing);
            table.reopen();
            LOG.info("added {} columns to {}", missing.size(), table.uri());
        }
    }

    @Override
    public boolean exists() {
        return table.find().isPresent();
    }

    @Override
    public int dimensionOf(String vectorColumn) {
        return table.find().map(d -> dimension(d, vectorColumn)).orElse(0);
    }

    @Override
    public Optional<TargetSchema> filledWith() {
        try {
            return NativeCall.unchecked(() -> table.find()
                    .filter(dataset -> TableOffsets.read(dataset).isPresent())
                    .map(this::schemaOf));
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "reading the columns", table.uri());
        }
    }

    private TargetSchema schemaOf(Dataset dataset) {
        TargetSchema.IdKind ids = TargetSchema.IdKind.NUMBER;
        List<VectorShape> vectors = new ArrayList<>();
        Map<String, FieldType> fields = new LinkedHashMap<>();
        for (Field column : dataset.getSchema().getFields()) {
            String field = ColumnNames.fieldOf(column);
            if (column.getName().equals(ColumnTypes.ID)) {
                ids = TableColumns.idKind(column);
            } else if (ColumnTypes.isVector(column)) {
                vectors.add(new VectorShape(
                        field, ColumnTypes.element(column), WriterClaim.dimensionOf(column, dataset.getConfig())));
            } else if (!ColumnWidening.isTemporary(column.getName())) {
                ColumnTypes.payloadType(column).ifPresent(type -> fields.put(field, type));
            }
        }
        return new TargetSchema(table.uri(), ids, vectors, fields);
    }

    private static int dimension(Dataset dataset, String column) {
        for (Field field : dataset.getSchema().getFields()) {
            if (ColumnTypes.isVector(field) && ColumnNames.fieldOf(field).equals(column)) {
                return WriterClaim.dimensionOf(field, dataset.getConfig());
            }
        }
        return 0;
    }

    @Override
    public boolean canBecomeReal(String field) {
        try {
            return NativeCall.unchecked(() -> table.find()
                    .map(dataset -> dataset.getSchema().getFields().stream()
                            .filter(column -> !column.getName().equals(ColumnTypes.ID)
                                    && !ColumnWidening.isTemporary(column.getName())
                                    && !ColumnTypes.isVector(column)
                                    && ColumnNames.fieldOf(column).equals(field))
                            .allMatch(column -> canBecomeReal(dataset, column)))
                    .orElse(true));
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "reading column " + field, table.uri());
        }
    }

    /** Nobody else's table: its owner has chosen the type. */
    private static boolean canBecomeReal(Dataset dataset, Field column) {
        return ColumnTypes.isWhole(column)
                && (TableOffsets.read(dataset).isPresent() || dataset.countRows() == 0)
                && dataset.countRows(ColumnWidening.roundedAsReal(column)) == 0;
    }

    @Override
    public Optional<Rejection> check(TargetWrite write) {
        TableRowCheck present = check;
        if (present == null) {
            throw new IllegalStateException("the table is not prepared: " + table.uri());
        }
        return present.check(write);
    }

    @Override
    public void apply(WriteBatch batch) {
        for (int conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
            try {
                NativeCall.unchecked(() -> applyOnce(possible(batch)));
                return;
            } catch (FerryException e) {
                throw e;
            } catch (RuntimeException e) {
                if (!LanceErrors.isConflict(e)) {
                    throw LanceErrors.translate(e, "a commit", table.uri());
                }
                table.reopen();
                claim.verify();
            }
        }
        throw FerryException.retryable(
                "table %s is constantly modified by another process".formatted(table.uri()),
                new IllegalStateException(MAX_CONFLICTS + " commit conflicts in a row"));
    }

    /** Returns the batch without deletions of ids of another kind, which no row of the table can have. */
    private WriteBatch possible(WriteBatch batch) {
        TargetSchema.IdKind kind =
                TableColumns.idKind(table.dataset().getSchema().findField(ColumnTypes.ID));
        List<TargetWrite> possible = batch.writes().stream()
                .filter(write -> write instanceof TargetWrite.Upsert
                        || TableRowCheck.kindOf(write.key().id()) == kind)
                .toList();
        return possible.size() == batch.writes().size() ? batch : new WriteBatch(possible, batch.offsets());
    }

    private void applyOnce(WriteBatch batch) {
        RowLocations located = located();
        versionMayDiffer = true; // until the outcome is known
        List<TargetWrite.Upsert> upserts = new ArrayList<>();
        for (TargetWrite write : batch.writes()) {
            switch (write) {
                case TargetWrite.Upsert upsert -> upserts.add(upsert);
                case TargetWrite.Delete ignored -> {}
            }
        }
        if (located.isEmpty() && upserts.isEmpty()) {
            if (!batch.offsets().next().isEmpty()) {
                claim.commitWithoutRows(batch.offsets());
            }
            return;
        }
        List<FragmentMetadata> fresh = upserts.isEmpty() ? List.of() : write(upserts, located);
        Dataset from = table.dataset();
        if (located.isEmpty()) {
            tellOfIndexes(from);
        }
        long read = from.version();
        Operation operation = located.isEmpty()
                ? claim.firstRows(from.getSchema(), fresh)
                : located.update(from, batch.writes(), fresh);
        Map<String, String> properties =
                batch.offsets().next().isEmpty() ? Map.of() : TableOffsets.properties(batch.offsets());
        Dataset next = table.commit(operation, properties);
        if (next.version() == read + 1 && located.moved(next, batch.writes(), upserts, fresh)) {
            versionMayDiffer = false;
        } else {
            forgetLocations();
            claim.verify(); // someone else committed in between: the locations are read again
        }
    }

    private RowLocations located() {
        RowLocations known = locations;
        if (known != null && !versionMayDiffer && !known.isEmpty()) {
            return known;
        }
        Dataset newest = table.reopen();
        claim.verify();
        if (known == null || !known.movedTo(newest)) {
            forgetLocations();
            known = RowLocations.read(newest);
            locations = known;
        }
        versionMayDiffer = false;
        return known;
    }

    private void forgetLocations() {
        if (locations != null) {
            locations.close();
            locations = null;
        }
    }

    private void tellOfIndexes(Dataset withoutRows) {
        List<String> indexes = withoutRows.listIndexes();
        if (!indexes.isEmpty()) {
            LOG.warn(
                    "Table {} has no rows: its indexes {} are dropped when the next rows arrive. Create your own indexes again",
                    table.uri(),
                    indexes);
        }
    }

    private List<FragmentMetadata> write(List<TargetWrite.Upsert> upserts, RowLocations located) {
        Schema schema = table.dataset().getSchema();
        WriteParams.WriteMode mode = located.isEmpty() ? WriteParams.WriteMode.OVERWRITE : WriteParams.WriteMode.APPEND;
        if (upserts.size() > TableScan.rowsWithin(schema, RowStream.PART_BYTES)) {
            return table.write(new RowStream(schema, upserts, allocator), mode);
        }
        try (VectorSchemaRoot rows = RowBatch.of(schema, upserts, allocator)) {
            return table.write(rows, mode);
        }
    }

    @Override
    public Optional<PartitionOffsets> rememberedOffsets() {
        return offsets(() -> table.find().flatMap(found -> TableOffsets.read(table.reopen())));
    }

    @Override
    public Optional<PartitionOffsets> committedOffsets() {
        return offsets(this::claimedOffsets);
    }

    private Optional<PartitionOffsets> offsets(Supplier<Optional<PartitionOffsets>> reading) {
        try {
            return NativeCall.unchecked(reading);
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "reading the offsets", table.uri());
        }
    }

    private Optional<PartitionOffsets> claimedOffsets() {
        if (table.find().isEmpty()) {
            return Optional.empty();
        }
        table.reopen();
        versionMayDiffer = true;
        claim.take();
        return TableOffsets.read(table.dataset());
    }

    @Override
    public void flush() {
        // A commit is readable when it returns.
    }

    @Override
    public void maintain(boolean caughtUp) {
        if (table.find().isEmpty()) {
            return;
        }
        try {
            if (NativeCall.unchecked(() -> upkeep.run(caughtUp))) {
                versionMayDiffer = true;
            }
        } catch (FerryException e) {
            versionMayDiffer = true;
            throw e;
        } catch (RuntimeException e) {
            versionMayDiffer = true;
            table.close();
            FerryException told = LanceErrors.translate(e, "upkeep", table.uri());
            if (told.kind() != FerryException.Kind.RETRYABLE) {
                throw told;
            }
            // The table is whole without it, and writing must go on; the next look tries again.
            LOG.warn("{}", told.getMessage());
        }
    }

    @Override
    public void settle() {
        if (table.find().isPresent()) {
            NativeCall.unchecked(upkeep::settle);
        }
    }

    @Override
    public void close() {
        forgetLocations();
        upkeep.close();
        table.close();
    }
}
