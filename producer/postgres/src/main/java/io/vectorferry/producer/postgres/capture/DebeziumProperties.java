package io.vectorferry.producer.postgres.capture;

import io.vectorferry.producer.postgres.config.PostgresConfig;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** The engine's settings; each that differs from Debezium's default says why. */
public final class DebeziumProperties {
    static final String TOPIC_PREFIX = "vectorferry";
    private static final int HEARTBEAT_MILLIS = 5_000;
    /** How long a batch is gathered, from its first change on. Debezium's queue spins in the last millisecond of each. */
    private static final int POLL_MILLIS = 25;

    private static final int MAX_BATCH = 1_024;
    private static final int MAX_QUEUE = 8_192;
    /** A vector of 768 dimensions is 9 KB of text here. What waits is copied by every young collection. */
    private static final long MAX_QUEUE_BYTES = 32L * 1024 * 1024;

    private DebeziumProperties() {}

    public static Properties of(PostgresConfig config, String messagePrefix, long from) {
        Properties p = new Properties();
        p.setProperty("name", "vectorferry-" + config.pipeline());
        p.setProperty("connector.class", AwaitingConnector.class.getName());
        p.setProperty("topic.prefix", TOPIC_PREFIX);
        p.setProperty("database.hostname", config.address().host());
        p.setProperty("database.port", Integer.toString(config.address().port()));
        p.setProperty("database.dbname", config.address().database());
        p.setProperty("database.user", config.address().user());
        p.setProperty("database.password", config.address().password().orElse(""));
        p.setProperty("driver.logServerErrorDetail", "false"); // as in Connections
        config.address().parameters().forEach((name, value) -> p.setProperty("driver." + name, value));
        p.setProperty("driver.connection.factory.class", DebeziumSessions.class.getName());
        p.setProperty("table.include.list", tables(config.tables()));
        p.setProperty("plugin.name", "pgoutput");
        p.setProperty("slot.name", config.slot());
        p.setProperty("publication.name", config.publication());
        // The slot and the publication are made, checked and told about by us.
        p.setProperty("publication.autocreate.mode", "disabled");
        p.setProperty("slot.drop.on.stop", "false");
        p.setProperty("publish.via.partition.root", "true");
        p.setProperty("snapshot.mode", "no_data");
        p.setProperty("offset.storage", RecordedOffset.class.getName());
        p.setProperty(RecordedOffset.PROPERTY, Long.toString(from));
        p.setProperty("offset.flush.interval.ms", "0");
        p.setProperty("converters", "text");
        p.setProperty("text.type", TextConverter.class.getName());
        p.setProperty("unavailable.value.placeholder", TextConverter.UNCHANGED);
        p.setProperty("event.converting.failure.handling.mode", "fail");
        p.setProperty("include.unknown.datatypes", "true");
        p.setProperty("decimal.handling.mode", "string");
        p.setProperty("time.precision.mode", "adaptive_time_microseconds");
        p.setProperty("tombstones.on.delete", "false");
        p.setProperty("skipped.operations", "none");
        p.setProperty("message.prefix.include.list", messagePrefix.replace(".", "\\.") + "(\\.(table|read))?");
        p.setProperty("heartbeat.interval.ms", Integer.toString(HEARTBEAT_MILLIS));
        p.setProperty("max.batch.size", Integer.toString(MAX_BATCH));
        p.setProperty("max.queue.size", Integer.toString(MAX_QUEUE));
        p.setProperty("max.queue.size.in.bytes", Long.toString(MAX_QUEUE_BYTES));
        p.setProperty("queue.provider.type", AwaitedQueue.NAME);
        p.setProperty("poll.interval.ms", Integer.toString(POLL_MILLIS));
        // A failure ends the engine at once: retrying is the caller's, in one place.
        p.setProperty("errors.max.retries", "0");
        p.setProperty("slot.max.retries", "0");
        return p;
    }

    /** Debezium takes regular expressions of {@code schema.table}, and ignores case unless they say otherwise. */
    private static String tables(List<PostgresConfig.Table> tables) {
        return tables.stream()
                .map(table -> "(?-i)" + escaped(table.name().schema()) + "\\."
                        + escaped(table.name().table()))
                .collect(Collectors.joining(","));
    }

    private static String escaped(String name) {
        return name.replaceAll("([^\\p{L}\\p{N}_])", "\\\\$1");
    }
}
