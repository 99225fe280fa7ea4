package io.vectorferry.sink.postgres.read;

import com.pgvector.PGbit;
import com.pgvector.PGhalfvec;
import com.pgvector.PGsparsevec;
import com.pgvector.PGvector;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.StoredVectorIndex;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.postgres.table.VectorOperators;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.postgres.ArrayText;
import io.vectorferry.stores.postgres.SqlLiteral;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.postgresql.util.PGobject;

/** {@code ORDER BY} an operator of pgvector, with the server's own settings such as {@code hnsw.ef_search}. */
final class TableSearch {
    private static final int NEVER = 0;

    private final Connection connection;
    private final TargetTable table;
    private final Optional<StoredColumn> vector;

    TableSearch(Connection connection, TargetTable table, Optional<StoredColumn> vector) {
        this.connection = connection;
        this.table = table;
        this.vector = vector;
    }

    Optional<VectorIndex> index() throws SQLException {
        Optional<StoredVectorIndex> stored = stored();
        return stored.map(index -> new VectorIndex(index.type(), index.metric(), NEVER));
    }

    private Optional<StoredVectorIndex> stored() throws SQLException {
        return vector.isEmpty()
                ? Optional.empty()
                : StoredVectorIndex.find(connection, table, vector.get().name()).filter(StoredVectorIndex::valid);
    }

    /** @param otherwise the metric where there is no index */
    List<Hit> byIndex(Vector query, int k, List<FieldCondition> conditions, DistanceMetric otherwise)
            throws SQLException {
        DistanceMetric metric = stored().flatMap(StoredVectorIndex::metric).orElse(otherwise);
        return search(query, k, conditions, metric);
    }

    List<Hit> rowByRow(Vector query, int k, DistanceMetric metric) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_catalog.set_config('enable_indexscan', 'off', true)");
        }
        return search(query, k, List.of(), metric);
    }

    private List<Hit> search(Vector query, int k, List<FieldCondition> conditions, DistanceMetric metric)
            throws SQLException {
        if (vector.isEmpty()) {
            return List.of();
        }
        StoredColumn column = vector.get();
        StringBuilder where = new StringBuilder("target.%s IS NOT NULL".formatted(column.quoted()));
        for (FieldCondition condition : conditions) {
            where.append(" AND ").append(text(condition));
        }
        List<String> key = table.key().columns().stream()
                .map(part -> "target." + part.quoted())
                .toList();
        String sql = "SELECT target.%s %s ? AS ferry_distance, %s FROM %s AS target WHERE %s ORDER BY 1 LIMIT %d"
                .formatted(
                        column.quoted(),
                        VectorOperators.operator(column, metric),
                        String.join(", ", key),
                        table.name().sql(),
                        where,
                        k);
        List<Hit> hits = new ArrayList<>(k);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, parameter(query));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    hits.add(new Hit(id(rows), VectorOperators.distance(column, metric, rows.getDouble(1))));
                }
            }
        }
        return hits;
    }

    private TargetKey.Id id(ResultSet row) throws SQLException {
        if (table.key().kind() == IdKind.NUMBER) {
            return new TargetKey.NumberId(row.getLong(2));
        }
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < table.key().columns().size(); i++) {
            FieldType type = table.key().columns().get(i).fieldType();
            String text = row.getString(i + 2);
            values.add(type.list() ? ArrayText.parse(type, text) : ArrayText.scalar(type, text));
        }
        return table.key().idOf(values);
    }

    private String text(FieldCondition condition) {
        StoredColumn column = table.column(condition.field())
                .orElseThrow(() -> FerryException.misconfigured(
                        "table %s has no column %s to filter by"
                                .formatted(table.name().collection(), condition.field()),
                        "Name a column of the table in --filter."));
        String operator =
                switch (condition.operator()) {
                    case EQUAL -> "=";
                    case LESS -> "<";
                    case LESS_OR_EQUAL -> "<=";
                    case GREATER -> ">";
                    case GREATER_OR_EQUAL -> ">=";
                };
        return "target.%s %s %s".formatted(column.quoted(), operator, literal(column, condition.value()));
    }

    private static String literal(StoredColumn column, Value value) {
        return switch (value) {
            case Value.Whole(long whole) when !isTime(column.fieldType()) -> Long.toString(whole);
            case Value.Real64(double real) -> "'%s'::float8".formatted(real);
            case Value.Real32(float real) -> "'%s'::float4".formatted(real);
            case Value.Whole whole -> SqlLiteral.of(column.fieldType(), whole);
            case Value.Bool bool -> SqlLiteral.of(column.fieldType(), bool);
            case Value.Text text -> SqlLiteral.of(FieldType.of(FieldType.Name.TEXT), text);
            case Value.Bytes bytes -> SqlLiteral.of(column.fieldType(), bytes);
            case Value.Items items -> SqlLiteral.of(column.fieldType(), items);
            case Value.Null ignored -> "NULL";
        };
    }

    private static boolean isTime(FieldType type) {
        return switch (type.name()) {
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON -> false;
        };
    }

    private static PGobject parameter(Vector query) {
        ByteBuffer bytes = query.buffer();
        return switch (query.element()) {
            case FLOAT32 -> {
                float[] floats = new float[query.dimension()];
                bytes.asFloatBuffer().get(floats);
                yield new PGvector(floats);
            }
            case FLOAT16 -> {
                float[] floats = new float[query.dimension()];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = Float.float16ToFloat(bytes.getShort());
                }
                yield new PGhalfvec(floats);
            }
            case SPARSE -> {
                int entries = query.sparseEntries();
                Map<Integer, Float> values = new TreeMap<>();
                for (int i = 0; i < entries; i++) {
                    values.put(bytes.getInt(i * Integer.BYTES), bytes.getFloat((entries + i) * Float.BYTES));
                }
                yield new PGsparsevec(values, query.dimension());
            }
            case BINARY -> {
                boolean[] bits = new boolean[query.dimension()];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = (bytes.get(i / 8) & (0x80 >> (i % 8))) != 0;
                }
                yield new PGbit(bits);
            }
            case BFLOAT16, INT8 ->
                throw FerryException.misconfigured(
                        "pgvector has no %s vectors to search by".formatted(query.element()),
                        "Search by a vector of the column's own type.");
        };
    }
}
