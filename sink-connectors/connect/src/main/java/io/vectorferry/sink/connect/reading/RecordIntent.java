package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import java.util.Optional;

/** The change that a record requests. */
public sealed interface RecordIntent {
    /** The position of a change in a source's log, by which a late repetition is recognized. */
    record LogPosition(boolean snapshot, long lsn) {
        /** Whether this cannot be newer than what came before it for the same key. */
        public boolean isStaleAfter(LogPosition earlier) {
            boolean comparable = snapshot || !earlier.snapshot;
            return comparable && Long.compareUnsigned(lsn, earlier.lsn) < 0;
        }
    }

    /** A change of one row. */
    sealed interface OfRow extends RecordIntent {
        String table();

        TargetKey.Id id();

        Optional<LogPosition> position();
    }

    record Upsert(String table, TargetKey.Id id, IncomingRow row, Optional<LogPosition> position) implements OfRow {
        /** Returns this with the known part of the row replaced. */
        public Upsert of(Row known) {
            return new Upsert(table, id, new IncomingRow(known, row.vector(), row.unchanged()), position);
        }
    }

    /** @param tombstone it says nothing beside the key, and follows the deletion proper where there is one */
    record Delete(String table, TargetKey.Id id, boolean tombstone, Optional<LogPosition> position) implements OfRow {}

    record Truncate(String table) implements RecordIntent {}

    /** Nothing of a row: a barrier, a heartbeat, the mark of a transaction, or a deletion where none are wanted. */
    record Nothing() implements RecordIntent {}
}
