package io.vectorferry.sink.lancedb.write;

import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.lancedb.TableScan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/** A batch in parts. An Arrow column of vectors takes the room of a whole vector for a NULL, too, so a batch of NULLs has no bound of its own. */
public final class RowStream extends ArrowReader {
    /** Maximum bytes of vectors; a batch has fewer bytes of values. */
    static final long PART_BYTES = 64L << 20;

    private final Schema schema;
    private final List<TargetWrite.Upsert> upserts;
    private final int rowsAPart;
    private int next;

    RowStream(Schema schema, List<TargetWrite.Upsert> upserts, BufferAllocator allocator) {
        super(allocator);
        this.schema = schema;
        this.upserts = upserts;
        this.rowsAPart = TableScan.rowsWithin(schema, PART_BYTES);
    }

    @Override
    public boolean loadNextBatch() {
        try {
            ensureInitialized();
            VectorSchemaRoot root = getVectorSchemaRoot();
            if (next == upserts.size()) {
                return false;
            }
            int end = Math.min(next + rowsAPart, upserts.size());
            RowBatch.fill(root, upserts.subList(next, end));
            next = end;
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long bytesRead() {
        return 0;
    }

    @Override
    protected void closeReadSource() {
        // rows in memory
    }

    @Override
    protected Schema readSchema() {
        return schema;
    }
}
