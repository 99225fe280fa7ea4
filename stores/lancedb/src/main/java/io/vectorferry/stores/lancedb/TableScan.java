package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.lance.Dataset;
import org.lance.ipc.LanceScanner;
import org.lance.ipc.ScanOptions;

/** One scan of a table, batch by batch; a batch is valid only while the consumer has it. */
public final class TableScan implements AutoCloseable {
    private final LanceScanner scanner;

    private TableScan(LanceScanner scanner) {
        this.scanner = scanner;
    }

    public static void read(Dataset dataset, ScanOptions options, Consumer<VectorSchemaRoot> batches) {
        boolean unused = readWhile(dataset, options, batch -> {
            batches.accept(batch);
            return true;
        });
    }

    private static boolean readWhile(Dataset dataset, ScanOptions options, Predicate<VectorSchemaRoot> batches) {
        try (TableScan scan = new TableScan(dataset.newScan(options));
                ArrowReader reader = scan.scanner.scanBatches()) {
            while (reader.loadNextBatch()) {
                if (!batches.test(reader.getVectorSchemaRoot())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reports errors as those of the table. */
    public static void read(LanceTable table, ScanOptions options, Consumer<VectorSchemaRoot> batches) {
        boolean unused = readWhile(table, options, batch -> {
            batches.accept(batch);
            return true;
        });
    }

    /** Reads until the predicate returns false. Returns whether it never did. */
    public static boolean readWhile(LanceTable table, ScanOptions options, Predicate<VectorSchemaRoot> batches) {
        return reading(table, () -> readWhile(table.dataset(), options, batches));
    }

    /** @param rowIds of the version at which the table stands */
    public static void take(
            LanceTable table, List<Long> rowIds, List<String> columns, Consumer<VectorSchemaRoot> batches) {
        boolean unused = reading(table, () -> {
            take(table.dataset(), rowIds, columns, batches);
            return true;
        });
    }

    private static boolean reading(LanceTable table, Supplier<Boolean> reading) {
        try {
            return NativeCall.unchecked(reading);
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "reading", table.uri());
        }
    }

    private static void take(
            Dataset dataset, List<Long> rowIds, List<String> columns, Consumer<VectorSchemaRoot> batches) {
        try (ArrowReader reader = dataset.takeRows(rowIds, columns)) {
            while (reader.loadNextBatch()) {
                batches.accept(reader.getVectorSchemaRoot());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how many rows have their vectors within so many bytes. */
    public static int rowsWithin(Schema schema, long bytes) {
        long ofRow = 0;
        for (Field column : schema.getFields()) {
            if (column.getType() instanceof ArrowType.FixedSizeList list) {
                ofRow += (long) list.getListSize() * elementBytes(column);
            }
        }
        return Math.clamp(bytes / Math.max(1, ofRow), 1, Integer.MAX_VALUE);
    }

    private static int elementBytes(Field column) {
        return switch (column.getChildren().getFirst().getType()) {
            case ArrowType.FloatingPoint real ->
                switch (real.getPrecision()) {
                    case HALF -> Short.BYTES;
                    case SINGLE -> Float.BYTES;
                    case DOUBLE -> Double.BYTES;
                };
            case ArrowType.Int whole -> whole.getBitWidth() / Byte.SIZE;
            default -> Double.BYTES;
        };
    }

    @Override
    public void close() {
        try {
            scanner.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a scan did not close", e);
        }
    }
}
