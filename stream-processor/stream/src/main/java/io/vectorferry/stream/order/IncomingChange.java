package io.vectorferry.stream.order;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import org.apache.kafka.common.utils.Bytes;

/**
 * A keyed change as it came.
 *
 * @param original the encoded change, for a dead letter
 */
public record IncomingChange(Bytes keyBytes, SourceKey key, ByteString original, DeadLetter.Origin origin) {
    IncomingChange holding(ByteString other) {
        return new IncomingChange(keyBytes, key, other, origin);
    }
}
