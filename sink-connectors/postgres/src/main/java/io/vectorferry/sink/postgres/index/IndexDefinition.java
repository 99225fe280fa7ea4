package io.vectorferry.sink.postgres.index;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.ColumnIndex;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.IndexConfig;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.IndexType;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.VectorOperators;
import io.vectorferry.stores.postgres.ColumnType.OfVector;
import io.vectorferry.stores.postgres.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index that the pipeline wants.
 *
 * @param method the access method
 * @param operatorClass of a vector index; empty: the default one of the column's type
 * @param parameters after {@code WITH}, without the number of lists; may be empty
 * @param lists of an IVFFlat index; 0: by the number of rows
 * @param bytesPerRow what a build holds in memory for each row, about
 */
public record IndexDefinition(
        String name,
        StoredColumn column,
        String method,
        Optional<String> operatorClass,
        String parameters,
        int lists,
        long bytesPerRow) {
    private static final Logger LOG = LoggerFactory.getLogger(IndexDefinition.class);
    private static final int MAX_NAME_BYTES = 63;

    /** Memory of the graph for a row, beside its vector. */
    private static final long GRAPH_BYTES = 512;

    static List<IndexDefinition> wanted(
            PreparedTable prepared, PostgresTargetConfig config, Supplier<Optional<DistanceMetric>> searchedBy) {
        List<IndexDefinition> wanted = new ArrayList<>();
        IndexConfig index = config.index();
        if (index.type() != IndexType.NONE && !prepared.vectors().isEmpty()) {
            DistanceMetric metric = index.metric(searchedBy.get());
            for (StoredColumn column : prepared.vectors()) {
                Optional<String> refused = refusal(column, index.type());
                if (refused.isPresent()) {
                    LOG.warn(
                            "Column {} of {} gets no index: {}",
                            column.name(),
                            prepared.table().name().collection(),
                            refused.get());
                } else {
                    wanted.add(ofVector(prepared, column, index, metric));
                }
            }
        }
        config.indexes().forEach((name, method) -> prepared.table().column(name).ifPresent(column -> {
            wanted.add(ofPayload(prepared, column, method));
        }));
        return wanted;
    }

    /** Returns why pgvector cannot index the column; empty where it can. */
    public static Optional<String> refusal(StoredColumn column, IndexType type) {
        OfVector vector = column.vector().orElseThrow();
        if (vector.dimension() == 0) {
            return Optional.of("its type declares no dimension");
        }
        int most =
                switch (vector.element()) {
                    case FLOAT32 -> 2_000;
                    case FLOAT16 -> 4_000;
                    case BINARY -> 64_000;
                    case SPARSE -> type == IndexType.IVFFLAT ? 0 : Integer.MAX_VALUE;
                    case BFLOAT16, INT8 -> 0;
                };
        if (vector.dimension() <= most) {
            return Optional.empty();
        }
        return Optional.of(
                switch (vector.element()) {
                    case FLOAT32 ->
                        "an index of `vector` has at most %,d dimensions and the column has %,d. Store `halfvec`, or make one of your own on (%s::halfvec(%d))"
                                .formatted(most, vector.dimension(), column.quoted(), vector.dimension());
                    case FLOAT16, BINARY, BFLOAT16, INT8 ->
                        "an index of `%s` has at most %,d dimensions and the column has %,d"
                                .formatted(column.catalog().typeName(), most, vector.dimension());
                    case SPARSE -> "pgvector has no IVFFlat index of `sparsevec`: set `index.type: hnsw`";
                });
    }

    private static IndexDefinition ofVector(
            PreparedTable prepared, StoredColumn column, IndexConfig index, DistanceMetric metric) {
        String method = index.type().name().toLowerCase(Locale.ROOT);
        String parameters = index.type() == IndexType.HNSW
                ? "m = %d, ef_construction = %d".formatted(index.m(), index.efConstruction())
                : "";
        OfVector vector = column.vector().orElseThrow();
        long vectorBytes =
                switch (vector.element()) {
                    case FLOAT32 -> 4L * vector.dimension();
                    case FLOAT16 -> 2L * vector.dimension();
                    case BINARY -> vector.dimension() / 8L;
                    case SPARSE, BFLOAT16, INT8 -> GRAPH_BYTES;
                };
        return new IndexDefinition(
                name(prepared.table().name(), column, method),
                column,
                method,
                Optional.of(VectorOperators.operatorClass(column, metric)),
                parameters,
                index.type() == IndexType.IVFFLAT ? index.lists() : -1,
                vectorBytes + GRAPH_BYTES);
    }

    private static IndexDefinition ofPayload(PreparedTable prepared, StoredColumn column, ColumnIndex index) {
        String method = index.name().toLowerCase(Locale.ROOT);
        return new IndexDefinition(
                name(prepared.table().name(), column, method), column, method, Optional.empty(), "", -1, 0);
    }

    /** Returns a name like those that PostgreSQL gives, with the method, as long as it would not be cut. */
    private static String name(QualifiedName table, StoredColumn column, String method) {
        String name = "%s_%s_%s".formatted(table.table(), column.name(), method);
        if (name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES) {
            return name;
        }
        CRC32 sum = new CRC32();
        sum.update(name.getBytes(StandardCharsets.UTF_8));
        return "vectorferry_%08x_%s".formatted(sum.getValue(), method);
    }
}
