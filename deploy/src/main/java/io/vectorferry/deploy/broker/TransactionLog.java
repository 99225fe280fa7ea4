package io.vectorferry.deploy.broker;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.internals.Topic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's transaction notes. Each note is on disk before the broker acts on it: otherwise, after a power loss, a
 * transaction could be committed in one partition but unknown to the coordinator, which aborts it in the others.
 */
final class TransactionLog {
    private static final String NAME = Topic.TRANSACTION_STATE_TOPIC_NAME;
    private static final long TIMEOUT_SECONDS = 60;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final long ASK_EVERY_MILLIS = 5;
    private static final Set<TransactionState> ENDING =
            Set.of(TransactionState.PREPARE_COMMIT, TransactionState.PREPARE_ABORT);
    private static final String EVERY_MESSAGE = "1";

    /** {@link LostMarkers} looks for how a transaction ended among what was not synced yet: the last seconds. */
    private static final String NOT_COMPACTED_MILLIS = "3600000";

    private static final Logger LOG = LoggerFactory.getLogger(TransactionLog.class);

    /** The settings with which Kafka's coordinator creates the topic. */
    private static final Map<String, String> SETTINGS = Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_COMPACT,
            TopicConfig.COMPRESSION_TYPE_CONFIG,
            "uncompressed",
            TopicConfig.SEGMENT_BYTES_CONFIG,
            Integer.toString(100 * 1024 * 1024),
            TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG,
            EVERY_MESSAGE,
            TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
            NOT_COMPACTED_MILLIS);

    private TransactionLog() {}

    /** Makes the notes durable; call it before any client begins a transaction. */
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
                throw new IllegalStateException("the transaction log could not be created: " + e.getCause(), e);
            }
            alter(client);
        }
    }

    /**
     * Returns when no transaction is between its decision and its end, or after {@link #STOP_TIMEOUT}. A broker that stops
     * interrupts the thread that writes the end; the interrupt closes the file that is being synced, and the broker takes
     * that for a failed disk and halts the process.
     */
    static void awaitEnds(String bootstrapServers, Map<String, String> clientSettings) {
        Map<String, Object> client = new HashMap<>(clientSettings);
        client.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(STOP_TIMEOUT.toMillis()));
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(STOP_TIMEOUT.toMillis()));
        long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
        try (Admin admin = Admin.create(client)) {
            while (!admin.listTransactions(new ListTransactionsOptions().filterStates(ENDING))
                            .all()
                            .get()
                            .isEmpty()
                    && System.nanoTime() - deadline < 0) {
                TimeUnit.MILLISECONDS.sleep(ASK_EVERY_MILLIS);
            }
        } catch (ExecutionException e) {
            LOG.warn("The broker stops without knowing whether transactions are still ending: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One that a version before this made. */
    private static void alter(Map<String, Object> client) throws InterruptedException, TimeoutException {
        try (Admin admin = Admin.create(client)) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, NAME),
                            List.of(
                                    set(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, EVERY_MESSAGE),
                                    set(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, NOT_COMPACTED_MILLIS))))
                    .all()
                    .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the transaction log could not be changed: " + e.getCause(), e);
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }
}
