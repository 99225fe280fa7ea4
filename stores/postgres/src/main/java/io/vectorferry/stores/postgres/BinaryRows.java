package io.vectorferry.stores.postgres;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyOut;

/**
 * The tuples of a running {@code COPY … TO STDOUT (FORMAT binary)}, as described under "Binary Format" of PostgreSQL's
 * COPY page. Reads to the very end: a COPY that is left early never gives its connection back. For one thread.
 */
public final class BinaryRows {
    private static final int SIGNATURE_BYTES = 11;

    private final CopyOut copy;
    private @Nullable ByteBuffer message;
    private boolean headerRead;

    public BinaryRows(CopyOut copy) {
        this.copy = copy;
    }

    /** The next tuple, at its first field's length; valid until the next call. Null at the end. */
    @Nullable
    public ByteBuffer next(int expectedFields) throws SQLException, IOException {
        while (true) {
            ByteBuffer current = message;
            if (current == null || !current.hasRemaining()) {
                byte[] bytes = copy.readFromCopy();
                if (bytes == null) {
                    return null;
                }
                current = ByteBuffer.wrap(bytes);
                message = current;
            }
            if (!headerRead) {
                current.position(current.position() + SIGNATURE_BYTES + Integer.BYTES);
                current.position(current.position() + Integer.BYTES + current.getInt(current.position()));
                headerRead = true;
            } else {
                int fields = current.getShort();
                if (fields == expectedFields) {
                    return current;
                }
                if (fields != -1) {
                    throw new IOException("a tuple of %d fields instead of %d".formatted(fields, expectedFields));
                }
            }
        }
    }
}
