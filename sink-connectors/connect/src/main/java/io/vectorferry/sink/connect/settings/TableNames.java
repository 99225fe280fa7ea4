package io.vectorferry.sink.connect.settings;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * The table to which a record is written. It follows from the topic, and not from what is in the record, so that a
 * tombstone finds its table too.
 */
public record TableNames(String format) {
    static final String DEFAULT = "${collection}";
    private static final String TOPIC = "${topic}";
    private static final String COLLECTION = "${collection}";
    private static final String DEFAULT_SCHEMA = "public.";

    /** Debezium's topics are {@code prefix.schema.table}: all after the prefix is the collection. */
    public String ofTopic(String topic) {
        int dot = topic.indexOf('.');
        return of(topic, dot < 0 ? topic : topic.substring(dot + 1));
    }

    /** Debezium's topic of heartbeats, as it names it by itself. */
    public static boolean isWithoutRows(String topic) {
        return topic.startsWith("__debezium-heartbeat.");
    }

    public String of(String topic, String collection) {
        String plain =
                collection.startsWith(DEFAULT_SCHEMA) ? collection.substring(DEFAULT_SCHEMA.length()) : collection;
        return format.replace(TOPIC, topic).replace(COLLECTION, plain);
    }

    static final class Validator implements ConfigDef.Validator {
        @Override
        public void ensureValid(String name, Object value) {
            String text = String.valueOf(value);
            String literal = text.replace(TOPIC, "").replace(COLLECTION, "");
            if (text.isBlank() || literal.contains("${")) {
                throw new ConfigException(
                        name, value, "only ${topic} and ${collection} are replaced; an example: lake_${collection}");
            }
        }

        @Override
        public String toString() {
            return String.join(" or ", Map.of(TOPIC, "", COLLECTION, "").keySet()) + " and other text";
        }
    }
}
