package io.vectorferry.stream.join;

import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import java.util.List;
import java.util.Objects;

/** Keys of {@code references}: the vector's key and behind it the document's, so that of one vector all references stand together; or the mark of a partition of {@code changes}. */
final class ReferenceKeys {
    private static final String MARKS = "";

    private ReferenceKeys() {}

    static SourceKey of(String collection, List<Value> vector, List<Value> document) {
        return new SourceKey(collection, List.of(vector.getFirst(), new Value.Items(document)));
    }

    /** The joined row's key. */
    static SourceKey vector(SourceKey reference) {
        return new SourceKey(reference.collection(), List.of(reference.parts().getFirst()));
    }

    static SourceKey mark(int partition) {
        return new SourceKey(MARKS, List.of(new Value.Whole(partition)));
    }

    static boolean isMark(SourceKey key) {
        return key.collection().equals(MARKS);
    }

    static byte[] bytes(SourceKey key) {
        return Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes");
    }
}
