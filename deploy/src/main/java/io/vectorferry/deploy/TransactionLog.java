package io.vectorferry.deploy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.internals.Topic;

/**
 * What the broker notes of transactions. Each note is on disk before the broker acts on it: else, after the loss of the
 * machine, a transaction could be committed in one partition and be unknown to the coordinator, which aborts it in the others.
 */
final class TransactionLog {
    private static final String NAME = Topic.TRANSACTION_STATE_TOPIC_NAME;
    private static final long TIMEOUT_SECONDS = 60;
    private static final String EVERY_MESSAGE = "1";

    /** As Kafka's coordinator makes it. */
    private static final Map<String, String> SETTINGS = Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_COMPACT,
            TopicConfig.COMPRESSION_TYPE_CONFIG,
            "uncompressed",
            TopicConfig.SEGMENT_BYTES_CONFIG,
            Integer.toString(100 * 1024 * 1024),
            TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG,
            EVERY_MESSAGE);

    private TransactionLog() {}

    /** Before any client begins a transaction. */
    static void makeDurable(String bootstrapServers, Map<String, String> clientSettings)
            throws InterruptedException, TimeoutException {
        Map<String, Object> client = new HashMap<>(clientSettings);
        client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        try (Admin admin = Admin.create(client)) {
            NewTopic topic = new NewTopic(NAME, Optional.of(BrokerSettings.TRANSACTION_PARTITIONS), Optional.empty())
                    .configs(SETTINGS);
            admin.createTopics(List.of(topic)).all().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("the log of transactions could not be made: " + e.getCause(), e);
            }
            alter(client);
        }
    }

    /** One that a version before this made. */
    private static void alter(Map<String, Object> client) throws InterruptedException, TimeoutException {
        try (Admin admin = Admin.create(client)) {
            var flush = new ConfigEntry(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, EVERY_MESSAGE);
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, NAME),
                            List.of(new AlterConfigOp(flush, AlterConfigOp.OpType.SET))))
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the log of transactions could not be altered: " + e.getCause(), e);
        }
    }
}
