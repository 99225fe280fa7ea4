package io.vectorferry.sink.lancedb.table;

import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
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
        try (TableScan scan = new TableScan(dataset.newScan(options));
                ArrowReader reader = scan.scanner.scanBatches()) {
            while (reader.loadNextBatch()) {
                batches.accept(reader.getVectorSchemaRoot());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reports errors as those of the table. */
    public static void read(LanceTable table, ScanOptions options, Consumer<VectorSchemaRoot> batches) {
        reading(table, () -> read(table.dataset(), options, batches));
    }

    /** @param rowIds of the version at which the table stands */
    public static void take(
            LanceTable table, List<Long> rowIds, List<String> columns, Consumer<VectorSchemaRoot> batches) {
        reading(table, () -> take(table.dataset(), rowIds, columns, batches));
    }

    private static void reading(LanceTable table, Runnable reading) {
        try {
            NativeCall.unchecked(reading);
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
