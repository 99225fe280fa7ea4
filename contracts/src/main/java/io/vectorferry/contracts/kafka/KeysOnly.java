package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.message.Codec;
import org.jspecify.annotations.Nullable;

/** Values that nobody looks at: what changed is read from the stores themselves. */
public final class KeysOnly {
    private static final Codec<Boolean> UNREAD = new Codec<>() {
        @Override
        public byte @Nullable [] encode(Boolean value) {
            throw new UnsupportedOperationException("nothing is written to topics here");
        }

        @Override
        public Boolean decode(byte @Nullable [] bytes) {
            return true;
        }
    };

    private KeysOnly() {}

    public static <K> TopicSpec<K, Boolean> of(TopicSpec<K, ?> topic) {
        return new TopicSpec<>(topic.name(), topic.keys(), UNREAD, topic.partitions(), topic.settings());
    }
}
