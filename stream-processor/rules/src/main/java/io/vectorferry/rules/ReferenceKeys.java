package io.vectorferry.rules;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Keys of {@code references}: the vector's key and behind it the document's, so that of one vector all references stand together; or the mark of a partition of {@code changes}. */
public final class ReferenceKeys {
    private static final String MARKS = "";

    private ReferenceKeys() {}

    public static SourceKey of(String collection, List<Value> vector, List<Value> document) {
        return new SourceKey(collection, List.of(vector.getFirst(), new Value.Items(document)));
    }

    /** The joined row's key. */
    public static SourceKey vector(SourceKey reference) {
        return new SourceKey(reference.collection(), List.of(reference.parts().getFirst()));
    }

    /** The joined row that the key is about; empty for a mark. */
    public static Optional<SourceKey> joinedRow(SourceKey reference) {
        return isMark(reference) ? Optional.empty() : Optional.of(vector(reference));
    }

    public static SourceKey mark(int partition) {
        return new SourceKey(MARKS, List.of(new Value.Whole(partition)));
    }

    public static boolean isMark(SourceKey key) {
        return key.collection().equals(MARKS);
    }

    public static byte[] bytes(SourceKey key) {
        return Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes");
    }
}
