package io.vectorferry.stores.lancedb;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.lance.CommitBuilder;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.FragmentMetadata;
import org.lance.ReadOptions;
import org.lance.Transaction;
import org.lance.WriteParams;
import org.lance.operation.Operation;

/** The open handle of a table, at one version of it. For one thread. */
public final class LanceTable implements AutoCloseable {
    /** Ours beside Java's heap: Lance's own defaults are 1 and 6 GiB. */
    private static final long METADATA_CACHE_BYTES = 128L << 20;

    private static final long INDEX_CACHE_BYTES = 256L << 20;

    private final String uri;
    private final Map<String, String> storage;
    private final BufferAllocator allocator;
    private @Nullable Dataset open;

    /** @param storage options of the object store, as LanceDB names them */
    public LanceTable(String uri, Map<String, String> storage, BufferAllocator allocator) {
        this.uri = uri;
        this.storage = Map.copyOf(storage);
        this.allocator = allocator;
    }

    public String uri() {
        return uri;
    }

    /** Empty as long as there is no table. */
    public Optional<Dataset> find() {
        Dataset present = open;
        if (present == null) {
            try {
                present = NativeCall.unchecked(this::open);
            } catch (RuntimeException e) {
                if (LanceErrors.isNoTable(e)) {
                    return Optional.empty();
                }
                throw LanceErrors.translate(e, "opening", uri);
            }
            open = present;
        }
        return Optional.of(present);
    }

    public Dataset dataset() {
        return find().orElseThrow(() -> new IllegalStateException("the table is not prepared: " + uri));
    }

    /** The newest version. */
    public Dataset reopen() {
        close();
        return dataset();
    }

    /** @param dataStorageVersion the file format, such as 2.1 */
    public void create(Schema schema, String dataStorageVersion) {
        close();
        open = Dataset.write()
                .allocator(allocator)
                .uri(uri)
                .schema(schema)
                .mode(WriteParams.WriteMode.CREATE)
                .dataStorageVersion(dataStorageVersion)
                .storageOptions(storage)
                .execute();
    }

    /**
     * Files only: nothing is in the table before their commit.
     *
     * @param mode of the commit that they are for
     */
    public List<FragmentMetadata> write(VectorSchemaRoot rows, WriteParams.WriteMode mode) {
        return Fragment.write()
                .datasetUri(uri)
                .allocator(allocator)
                .data(rows)
                .mode(mode)
                .dataStorageVersion(dataset().getLanceFileFormatVersion())
                .storageOptions(storage)
                .execute();
    }

    /** Scans in the same way, batch after batch. */
    public List<FragmentMetadata> write(ArrowReader rows, WriteParams.WriteMode mode) {
        try (ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
            Data.exportArrayStream(allocator, rows, stream);
            return Fragment.write()
                    .datasetUri(uri)
                    .allocator(allocator)
                    .data(stream)
                    .mode(mode)
                    .dataStorageVersion(dataset().getLanceFileFormatVersion())
                    .storageOptions(storage)
                    .execute();
        }
    }

    public Dataset commit(Operation operation, Map<String, String> properties) {
        Dataset from = dataset();
        try (Transaction transaction = new Transaction.Builder()
                .readVersion(from.version())
                .operation(operation)
                .transactionProperties(properties)
                .build()) {
            Dataset next = new CommitBuilder(from).writeParams(storage).execute(transaction);
            from.close();
            open = next;
            return next;
        }
    }

    private Dataset open() {
        ReadOptions options = new ReadOptions.Builder()
                .setIndexCacheSizeBytes(INDEX_CACHE_BYTES)
                .setMetadataCacheSizeBytes(METADATA_CACHE_BYTES)
                .setStorageOptions(storage)
                .build();
        return Dataset.open().allocator(allocator).uri(uri).readOptions(options).build();
    }

    @Override
    public void close() {
        Dataset present = open;
        open = null;
        if (present != null) {
            present.close();
        }
    }
}
