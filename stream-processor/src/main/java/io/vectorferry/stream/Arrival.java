package io.vectorferry.stream;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import org.apache.kafka.common.utils.Bytes;

/**
 * A keyed change as it came.
 *
 * @param original the encoded change, for a dead letter
 */
record Arrival(Bytes keyBytes, SourceKey key, ByteString original, DeadLetter.Origin origin) {
    Arrival holding(ByteString other) {
        return new Arrival(keyBytes, key, other, origin);
    }
}
