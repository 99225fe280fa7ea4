package io.vectorferry.stream;

import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Objects;
import org.apache.kafka.common.utils.Bytes;

/** Keys and ids as keys of a store. */
final class IdBytes {
    private IdBytes() {}

    static Bytes of(SourceKey key) {
        return Bytes.wrap(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
    }

    static Bytes of(TargetKey.Id id) {
        return of("", id);
    }

    static Bytes of(String table, TargetKey.Id id) {
        return Bytes.wrap(
                Objects.requireNonNull(Codecs.TARGET_KEY.encode(new TargetKey(table, id)), "an id has bytes"));
    }
}
