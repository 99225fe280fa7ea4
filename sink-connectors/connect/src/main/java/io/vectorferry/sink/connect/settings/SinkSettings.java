package io.vectorferry.sink.connect.settings;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;

/** The properties that every sink has, each with its default, its bounds and its documentation. */
public final class SinkSettings {
    static final String RECORD_FORMAT = "record.format";
    static final String COLLECTION_NAME_FORMAT = "collection.name.format";
    static final String INSERT_MODE = "insert.mode";
    static final String DELETE_ENABLED = "delete.enabled";
    static final String TRUNCATE_ENABLED = "truncate.enabled";
    public static final String PK_MODE = "pk.mode";
    public static final String PK_FIELDS = "pk.fields";
    static final String VECTOR_FIELD = "vector.field";
    static final String VECTOR_DIMENSION = "vector.dimension";
    static final String TEXT_FIELD = "text.field";
    static final String FIELDS_WHITELIST = "fields.whitelist";
    static final String PLACEHOLDER = "unavailable.value.placeholder";
    static final String NULL_VECTOR_ON_UPDATE = "null.vector.on.update";
    static final String BATCH_SIZE = "batch.size";
    static final String LINGER_MS = "linger.ms";
    static final String MAX_RETRIES = "max.retries";
    static final String RETRY_BACKOFF_MS = "retry.backoff.ms";

    private static final int MAX_BATCH_RECORDS = 100_000;
    private static final int MAX_DIMENSION = 65_536;
    private static final int MAX_LINGER_MS = 60_000;
    private static final int MAX_BACKOFF_MS = 300_000;
    private static final int MAX_RETRIES_BOUND = 1_000_000;

    private SinkSettings() {}

    public static ConfigDef definition() {
        ConfigDef definition = new ConfigDef();
        new Group(definition, "Writes")
                .text(
                        COLLECTION_NAME_FORMAT,
                        TableNames.DEFAULT,
                        new TableNames.Validator(),
                        "Name of the table or collection to which a record is written; ${topic} and ${collection} (the source's table) are replaced.")
                .choice(
                        INSERT_MODE,
                        "upsert",
                        List.of("upsert"),
                        "How rows are written; a replay must change nothing, so upsert is the only one.")
                .flag(
                        DELETE_ENABLED,
                        true,
                        "Delete a row when its deletion or its tombstone arrives; otherwise it stays.")
                .flag(
                        TRUNCATE_ENABLED,
                        true,
                        "Empty the table when a TRUNCATE arrives (op=t); otherwise it is ignored.")
                .number(BATCH_SIZE, 5_000, 1, MAX_BATCH_RECORDS, "Records that a task collects before it writes them.")
                .number(
                        LINGER_MS,
                        500,
                        0,
                        MAX_LINGER_MS,
                        "Maximum time that a record waits for others, in milliseconds.");
        new Group(definition, "Records")
                .choice(
                        RECORD_FORMAT,
                        "debezium",
                        labels(SinkConfig.RecordFormat.values()),
                        "debezium: change envelopes or unwrapped rows, of any converter; vectorferry: the records topic of a pipeline, with ByteArrayConverter for key and value.")
                .choice(
                        PK_MODE,
                        "record_key",
                        labels(SinkConfig.KeyMode.values()),
                        "Where a row's key is: in the record's key or in its value.")
                .list(PK_FIELDS, "The key's fields in order; empty: all fields of the record's key.")
                .text(
                        VECTOR_FIELD,
                        "",
                        null,
                        "The field with the vector: an array of numbers, little-endian float32 bytes, or text such as [1,2,3]. Empty: the field with a Debezium vector type, which records without a schema do not have.")
                .number(
                        VECTOR_DIMENSION,
                        0,
                        0,
                        MAX_DIMENSION,
                        "The vector's dimension; 0: that of the table, or else of the first vector.")
                .text(
                        TEXT_FIELD,
                        "",
                        null,
                        "The document's text, which is always written, even if fields.whitelist does not list it.")
                .list(FIELDS_WHITELIST, "Payload fields to write; empty: all.")
                .text(
                        PLACEHOLDER,
                        "__debezium_unavailable_value",
                        null,
                        "What the source connector sends for an unchanged value that the log omits; such a value is taken from the target's row and never written.")
                .choice(
                        NULL_VECTOR_ON_UPDATE,
                        "keep",
                        labels(SinkConfig.NullVector.values()),
                        "What a NULL vector in an update means when the record does not show the row as it was before: keep the target's vector, because Debezium sends NULL for an unchanged one that PostgreSQL omits, or write the NULL.");
        new Group(definition, "Retries")
                .number(
                        MAX_RETRIES,
                        200,
                        0,
                        MAX_RETRIES_BOUND,
                        "Consecutive attempts while the target is unavailable, before the task fails.")
                .number(RETRY_BACKOFF_MS, 3_000, 1, MAX_BACKOFF_MS, "Pause between two attempts, in milliseconds.");
        return definition;
    }

    private static List<String> labels(Enum<?>[] constants) {
        return Stream.of(constants).map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
    }

    /** Defines settings one after another under one heading. */
    public static final class Group {
        private final ConfigDef definition;
        private final String name;
        private int order;

        Group(ConfigDef definition, String name) {
            this.definition = definition;
            this.name = name;
        }

        public Group text(
                String key,
                String fallback,
                ConfigDef.@org.jspecify.annotations.Nullable Validator validator,
                String documentation) {
            return define(key, ConfigDef.Type.STRING, fallback, validator, documentation);
        }

        Group choice(String key, String fallback, List<String> allowed, String documentation) {
            return define(
                    key,
                    ConfigDef.Type.STRING,
                    fallback,
                    ValidString.in(allowed.toArray(String[]::new)),
                    documentation);
        }

        Group flag(String key, boolean fallback, String documentation) {
            return define(key, ConfigDef.Type.BOOLEAN, fallback, null, documentation);
        }

        Group number(String key, int fallback, int min, int max, String documentation) {
            return define(key, ConfigDef.Type.INT, fallback, Range.between(min, max), documentation);
        }

        public Group list(String key, String documentation) {
            return define(key, ConfigDef.Type.LIST, List.of(), null, documentation);
        }

        private Group define(
                String key,
                ConfigDef.Type type,
                Object fallback,
                ConfigDef.@org.jspecify.annotations.Nullable Validator validator,
                String documentation) {
            definition.define(
                    key, type, fallback, validator, Importance.MEDIUM, documentation, name, order++, Width.MEDIUM, key);
            return this;
        }
    }
}
