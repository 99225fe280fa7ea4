package io.vectorferry.sink.connect.settings;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;

/**
 * The settings of a connector, apart from its target's own section.
 *
 * @param vectorField empty: the field that has one of Debezium's vector types
 * @param vectorDimension 0: as in the table, or else as in the first vector
 * @param whitelist the payload fields to keep; empty: all
 * @param batchSize records that are gathered before they are written
 * @param linger the longest that a record waits for others
 * @param maxRetries attempts in a row at a target that is down
 * @param tasks that the connector has
 */
public record SinkConfig(
        RecordFormat recordFormat,
        TableNames tableNames,
        boolean deletes,
        boolean truncates,
        PrimaryKey primaryKey,
        String vectorField,
        int vectorDimension,
        String textField,
        List<String> whitelist,
        String placeholder,
        NullVector nullVector,
        int batchSize,
        Duration linger,
        int maxRetries,
        Duration retryBackoff,
        int tasks) {
    /** Set by the connector for its tasks. */
    public static final String TASKS = "vectorferry.tasks";

    public enum RecordFormat {
        DEBEZIUM,
        VECTORFERRY
    }

    /** The meaning of a NULL vector in an update that does not include the old row. */
    public enum NullVector {
        /** The update left it alone, and the log left it out. */
        KEEP,
        /** It was set to NULL. */
        WRITE
    }

    public enum KeyMode {
        RECORD_KEY,
        RECORD_VALUE
    }

    public record PrimaryKey(KeyMode mode, List<String> fields) {
        public PrimaryKey {
            fields = List.copyOf(fields);
        }
    }

    public SinkConfig {
        whitelist = List.copyOf(whitelist);
    }

    public static SinkConfig of(Map<String, String> properties) {
        AbstractConfig read = new AbstractConfig(SinkSettings.definition(), properties, false);
        return new SinkConfig(
                choice(RecordFormat.class, read.getString(SinkSettings.RECORD_FORMAT)),
                new TableNames(read.getString(SinkSettings.COLLECTION_NAME_FORMAT)),
                read.getBoolean(SinkSettings.DELETE_ENABLED),
                read.getBoolean(SinkSettings.TRUNCATE_ENABLED),
                new PrimaryKey(
                        choice(KeyMode.class, read.getString(SinkSettings.PK_MODE)),
                        read.getList(SinkSettings.PK_FIELDS)),
                read.getString(SinkSettings.VECTOR_FIELD),
                read.getInt(SinkSettings.VECTOR_DIMENSION),
                read.getString(SinkSettings.TEXT_FIELD),
                read.getList(SinkSettings.FIELDS_WHITELIST),
                read.getString(SinkSettings.PLACEHOLDER),
                choice(NullVector.class, read.getString(SinkSettings.NULL_VECTOR_ON_UPDATE)),
                read.getInt(SinkSettings.BATCH_SIZE),
                Duration.ofMillis(read.getInt(SinkSettings.LINGER_MS)),
                read.getInt(SinkSettings.MAX_RETRIES),
                Duration.ofMillis(read.getInt(SinkSettings.RETRY_BACKOFF_MS)),
                Integer.parseInt(properties.getOrDefault(TASKS, "1")));
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String label) {
        return Enum.valueOf(type, label.toUpperCase(Locale.ROOT));
    }
}
