package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.message.Codec;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** A codec as Kafka's deserializer. A null key (a broadcast) stays null; a null value is the codec's tombstone. */
public record CodecDeserializer<T>(Codec<T> codec, boolean ofKeys) implements Deserializer<T> {
    @Override
    public @Nullable T deserialize(String topic, byte @Nullable [] bytes) {
        return bytes == null && ofKeys ? null : codec.decode(bytes);
    }
}
