package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.message.Codec;
import java.util.Map;

/**
 * A topic with the codecs of its keys and values, so that it cannot be used with the wrong ones.
 *
 * @param settings the broker's topic configuration
 */
public record TopicSpec<K, V>(
        String name, Codec<K> keys, Codec<V> values, int partitions, Map<String, String> settings) {
    public TopicSpec {
        settings = Map.copyOf(settings);
    }
}
