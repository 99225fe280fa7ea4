package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.stores.postgres.BinaryRows;
import io.vectorferry.stores.postgres.BinaryVectors;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A bounded look at a table's vectors, read as the snapshot reads them: by no function that an extension's schema may hide. */
public final class VectorSample {
    /** Rows that are looked at; enough to find what is usual, little enough for a busy server. */
    private static final int MAX_ROWS = 10_000;

    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final int USUAL_DIMENSION = 4_096;
    private static final double UNIT_TOLERANCE = 1e-3;

    private final SortedMap<Integer, Long> dimensions = new TreeMap<>();
    private long rows;
    private long nulls;
    private long unusable;
    private long zero;
    private long notUnit;

    private VectorSample() {}

    /** @param column of the table, with a vector's type */
    public static VectorSample read(Connection connection, TableShape shape, TableShape.Column column)
            throws SQLException {
        if (!(column.type() instanceof ColumnType.OfVector(VectorElement element, int dimension))) {
            throw new IllegalArgumentException(column.name());
        }
        long bytesARow = Float.BYTES * (long) (dimension > 0 ? dimension : USUAL_DIMENSION);
        VectorSample sample = new VectorSample();
        String sql = "COPY (SELECT %s FROM %s LIMIT %d) TO STDOUT (FORMAT binary)"
                .formatted(
                        QualifiedName.quoted(column.name()),
                        shape.name().sql(),
                        Math.clamp(MAX_BYTES / bytesARow, 1, MAX_ROWS));
        boolean array = column.typeName().startsWith("_");
        try {
            BinaryRows tuples = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            for (ByteBuffer tuple = tuples.next(1); tuple != null; tuple = tuples.next(1)) {
                sample.add(element, array, tuple);
            }
        } catch (IOException e) {
            throw FerryException.retryable("reading %s was interrupted".formatted(shape.collection()), e);
        }
        return sample;
    }

    private void add(VectorElement element, boolean array, ByteBuffer tuple) {
        rows++;
        try {
            @Nullable Vector vector = BinaryVectors.read(element, array, tuple);
            if (vector == null) {
                nulls++;
                return;
            }
            dimensions.merge(vector.dimension(), 1L, Long::sum);
            if (element == VectorElement.FLOAT32) {
                addLength(vector.buffer().asFloatBuffer());
            }
        } catch (IllegalArgumentException e) {
            unusable++;
        }
    }

    private void addLength(FloatBuffer numbers) {
        double squares = 0;
        while (numbers.hasRemaining()) {
            double number = numbers.get();
            squares += number * number;
        }
        double length = Math.sqrt(squares);
        if (!Double.isFinite(length)) {
            unusable++;
        } else {
            zero += length == 0 ? 1 : 0;
            notUnit += Math.abs(length - 1) > UNIT_TOLERANCE ? 1 : 0;
        }
    }

    public long rows() {
        return rows;
    }

    public long nulls() {
        return nulls;
    }

    /** Returns the number of vectors with NaN, infinity or NULL inside, or not exactly one array dimension. */
    public long unusable() {
        return unusable;
    }

    public long zero() {
        return zero;
    }

    /** Returns the number of vectors whose length is not 1. */
    public long notUnit() {
        return notUnit;
    }

    /** How many vectors have each number of dimensions. */
    public SortedMap<Integer, Long> dimensions() {
        return dimensions;
    }
}
