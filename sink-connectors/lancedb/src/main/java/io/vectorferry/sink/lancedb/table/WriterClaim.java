package io.vectorferry.sink.lancedb.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.LanceTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.lance.FragmentMetadata;
import org.lance.operation.Operation;
import org.lance.operation.Overwrite;
import org.lance.operation.UpdateConfig;
import org.lance.operation.UpdateMap;

/** Says in the table's configuration which writer owns it: the last that opened it. An earlier one learns so at its next commit that conflicts. */
public final class WriterClaim {
    static final String KEY = "vectorferry.writer";
    /** The key for the first vector; for another one, a dot and its column follow. */
    static final String DIMENSION_KEY = "vectorferry.vector.dimension";

    private final String id = UUID.randomUUID().toString();
    private final LanceTable table;
    private boolean taken;

    public WriterClaim(LanceTable table) {
        this.table = table;
    }

    /** Claims the table, once per writer; later calls only verify the claim. */
    public void take() {
        if (taken) {
            verify();
            return;
        }
        Optional<PartitionOffsets> offsets = TableOffsets.read(table.dataset());
        commit(table, Map.of(KEY, id), offsets);
        taken = true;
    }

    public void verify() {
        String owner = table.dataset().getConfig().get(KEY);
        if (!id.equals(owner)) {
            throw FerryException.misconfigured(
                    "another process writes to table %s: this writer is fenced".formatted(table.uri()),
                    "Stop one of the two. The one that starts last owns the table.");
        }
    }

    /**
     * The first rows of a table that has none: there is no fragment yet whose listing would make another writer's
     * commit conflict, so this one conflicts with every other first one, and with the claim of any process that opened
     * the table since. It removes the indexes of the rows that were there before.
     */
    public Operation firstRows(Schema schema, List<FragmentMetadata> fresh) {
        return Overwrite.builder()
                .fragments(fresh)
                .schema(schema)
                .configUpsertValues(Map.of(KEY, id))
                .build();
    }

    /** Offsets alone of a table that has no rows, with the same conflicts. */
    public void commitWithoutRows(PartitionOffsets offsets) {
        commit(table, Map.of(KEY, id), Optional.of(offsets));
    }

    /** Keeps the dimensions where the columns' types do not tell them: of bits and of sparse vectors. */
    public void describe(List<VectorShape> shapes) {
        Map<String, String> present = table.dataset().getConfig();
        ColumnNames names = ColumnNames.in(table.dataset().getSchema());
        Map<String, String> changed = new HashMap<>();
        for (int i = 0; i < shapes.size(); i++) {
            VectorShape shape = shapes.get(i);
            String dimension = Integer.toString(shape.dimension());
            String key = i == 0 ? DIMENSION_KEY : keyOf(names.vector(shape.name()));
            if (shape.dimension() > 0 && !dimension.equals(present.get(key))) {
                changed.put(key, dimension);
            }
        }
        if (!changed.isEmpty()) {
            commit(table, changed, TableOffsets.read(table.dataset()));
        }
    }

    private static String keyOf(String column) {
        return DIMENSION_KEY + "." + column;
    }

    /** Returns the dimension of a column of vectors; 0: unknown. */
    public static int dimensionOf(Field column, Map<String, String> configuration) {
        VectorElement element = ColumnTypes.element(column);
        if (element != VectorElement.SPARSE && element != VectorElement.BINARY) {
            return ((ArrowType.FixedSizeList) column.getType()).getListSize();
        }
        @Nullable String described = configuration.get(keyOf(column.getName()));
        String dimension = described == null ? configuration.getOrDefault(DIMENSION_KEY, "0") : described;
        int known = Integer.parseInt(dimension);
        return known == 0 && column.getType() instanceof ArrowType.FixedSizeList bytes
                ? bytes.getListSize() * Byte.SIZE
                : known;
    }

    /** A commit of configuration that repeats the offsets, so that they are found at once and outlive a clean-up. */
    public static void commit(LanceTable table, Map<String, String> settings, Optional<PartitionOffsets> offsets) {
        Map<String, String> all = new HashMap<>(settings);
        offsets.map(TableOffsets::properties).ifPresent(all::putAll);
        UpdateConfig update = UpdateConfig.builder()
                .configUpdates(UpdateMap.builder().updates(all).replace(false).build())
                .build();
        table.commit(update, offsets.map(TableOffsets::properties).orElse(Map.of()));
    }
}
