package io.vectorferry.contracts.message;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.Row;

/** A value of the {@code changes} topic. Keyed kinds travel under their {@link SourceKey}; the others are broadcast to every partition with no key. */
public sealed interface Change {

    enum Origin {
        SNAPSHOT,
        CREATE,
        UPDATE
    }

    /** The full row after the change. */
    record Upsert(Origin origin, SourcePosition position, long sourceMicros, Row row) implements Change {}

    record Delete(SourcePosition position, long sourceMicros) implements Change {}

    /** Deletes every key of the collection whose position is older; snapshot rows of that generation that come later are stale. */
    record Truncate(String collection, SourcePosition position, long sourceMicros) implements Change {}

    /** Every row of the generation's snapshot comes before this mark: keys of an older generation are swept. */
    record SnapshotComplete(String collection, int generation) implements Change {}

    record BarrierMark(Barrier barrier) implements Change {}

    /**
     * A dead letter's second chance, or a verification's repair; keyed. It passes when nothing newer than {@code position} has
     * come for its key, or when it is the last content of its key as it stands.
     *
     * @param original the encoded value as it came
     * @param isRecord {@code original} is a value of {@code records} (a sink refused it), else of {@code changes}
     * @param isLetter {@code original} is as old as a dead letter; a repair's was read from the source just now
     */
    record Redrive(SourcePosition position, ByteString original, boolean isRecord, boolean isLetter) implements Change {
        public static Redrive ofLetter(SourcePosition position, ByteString original, boolean isRecord) {
            return new Redrive(position, original, isRecord, true);
        }

        public static Redrive ofRepair(SourcePosition position, ByteString original) {
            return new Redrive(position, original, false, false);
        }
    }
}
