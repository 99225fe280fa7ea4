package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.message.Codec;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** A codec as Kafka's serializer. */
public record CodecSerializer<T>(Codec<T> codec) implements Serializer<T> {
    @Override
    public byte @Nullable [] serialize(String topic, @Nullable T value) {
        return value == null ? null : codec.encode(value);
    }
}
