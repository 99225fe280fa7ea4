package io.vectorferry.app.check;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig.KafkaConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** Whether the pipeline's outside Kafka answers, can do exactly-once, and has room for the topics; the embedded one starts with the pipeline. */
final class KafkaChecks {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String CHECK = "kafka";
    private static final String TRANSACTION_REPLICAS = "transaction.state.log.replication.factor";
    private static final String REPLICAS = "default.replication.factor";
    private static final int SAFE_REPLICAS = 2;

    private final KafkaConfig config;
    private final Topics topics;
    private final List<Finding> findings = new ArrayList<>();

    KafkaChecks(KafkaConfig config, Topics topics) {
        this.config = config;
        this.topics = topics;
    }

    List<Finding> findings() {
        if (config.bootstrapServers().isEmpty()) {
            return List.of(Finding.ok(CHECK, "an embedded broker is started with the pipeline"));
        }
        String servers = config.bootstrapServers().get();
        try (Admin admin = new KafkaConnection(servers, config.clientSettings()).admin(TIMEOUT)) {
            Collection<Node> nodes = checkBrokers(admin, servers);
            checkTopics(admin, nodes);
        } catch (ExecutionException | KafkaException e) {
            findings.add(unanswered(servers, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            findings.add(unanswered(servers, e));
        }
        return List.copyOf(findings);
    }

    private Collection<Node> checkBrokers(Admin admin, String servers) throws ExecutionException, InterruptedException {
        Collection<Node> nodes = admin.describeCluster().nodes().get();
        findings.add(Finding.ok(CHECK, "Kafka at %s responds, %d brokers".formatted(servers, nodes.size())));
        if (nodes.size() == 1) {
            findings.add(Finding.warning(
                    CHECK,
                    "a single broker has no replica: data that it loses is lost for good",
                    "Run three brokers with default.replication.factor=3 and min.insync.replicas=2."));
        }
        checkTransactions(admin, nodes);
        return nodes;
    }

    /** A transaction log that asks for more replicas than there are brokers is never made, and every commit waits for it. */
    private void checkTransactions(Admin admin, Collection<Node> nodes)
            throws ExecutionException, InterruptedException {
        number(admin, ofBroker(nodes), TRANSACTION_REPLICAS)
                .filter(replicas -> replicas > nodes.size())
                .ifPresent(replicas -> findings.add(Finding.error(
                        CHECK,
                        "%s is %d, but there are only %d brokers: transactions are not possible"
                                .formatted(TRANSACTION_REPLICAS, replicas, nodes.size()),
                        "Start more brokers, or set %s=%d on them.".formatted(TRANSACTION_REPLICAS, nodes.size()))));
    }

    private static ConfigResource ofBroker(Collection<Node> nodes) {
        return new ConfigResource(
                ConfigResource.Type.BROKER, nodes.iterator().next().idString());
    }

    private static Optional<Integer> number(Admin admin, ConfigResource of, String setting)
            throws ExecutionException, InterruptedException {
        Config settings = admin.describeConfigs(List.of(of)).all().get().get(of);
        return Optional.ofNullable(settings == null ? null : settings.get(setting))
                .map(ConfigEntry::value)
                .map(Integer::valueOf);
    }

    /** The source forgets what Kafka has acknowledged: one broker that fails must not take the only copy with it. */
    private void checkReplicas(Admin admin, Collection<Node> nodes, Collection<TopicDescription> standing)
            throws ExecutionException, InterruptedException {
        if (nodes.size() < SAFE_REPLICAS) {
            return; // said already
        }
        ConfigResource broker = ofBroker(nodes);
        if (standing.size() < topics.all().size()) {
            int replicas = number(admin, broker, REPLICAS).orElse(1);
            int acknowledging = number(admin, broker, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG)
                    .orElse(1);
            checkReplicas("the topics to be created", replicas, acknowledging);
        }
        for (TopicDescription topic : standing) {
            int replicas = topic.partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(1);
            ConfigResource named = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
            int acknowledging = number(admin, named, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG)
                    .orElse(1);
            checkReplicas("topic " + topic.name(), replicas, acknowledging);
        }
    }

    private void checkReplicas(String what, int replicas, int acknowledging) {
        if (Math.min(replicas, acknowledging) < SAFE_REPLICAS) {
            findings.add(
                    Finding.warning(
                            "topics",
                            "%s: %d replicas and min.insync.replicas=%d: a failed broker can lose changes that the source no longer has"
                                    .formatted(what, replicas, acknowledging),
                            "Use three replicas and min.insync.replicas=2: default.replication.factor and min.insync.replicas on the brokers before the topics are created; for an existing topic, kafka-reassign-partitions.sh and kafka-configs.sh --alter --add-config min.insync.replicas=2."));
        }
    }

    private void checkTopics(Admin admin, Collection<Node> nodes) throws ExecutionException, InterruptedException {
        Set<String> present = admin.listTopics().names().get();
        List<TopicSpec<?, ?>> standing = topics.all().stream()
                .filter(topic -> present.contains(topic.name()))
                .toList();
        Map<String, TopicDescription> described = admin.describeTopics(
                        standing.stream().map(TopicSpec::name).toList())
                .allTopicNames()
                .get();
        described.forEach(
                (name, topic) -> checkPartitions(name, topic.partitions().size()));
        checkReplicas(admin, nodes, described.values());
        findings.add(Finding.ok(
                "topics",
                "%d of %d exist; the others will be created"
                        .formatted(standing.size(), topics.all().size())));
    }

    private void checkPartitions(String name, int actual) {
        topics.all().stream()
                .filter(topic -> topic.name().equals(name) && topic.partitions() != actual)
                .forEach(topic -> findings.add(Finding.error(
                        "topics",
                        "topic %s has %d partitions, but the pipeline is configured for %d"
                                .formatted(name, actual, topic.partitions()),
                        "Set kafka.partitions to %d: the partition of a key must not change.".formatted(actual))));
    }

    private static Finding unanswered(String servers, Exception e) {
        String why = e.getCause() == null
                ? String.valueOf(e.getMessage())
                : String.valueOf(e.getCause().getMessage());
        return Finding.error(
                CHECK,
                "Kafka at %s did not respond within %d s: %s".formatted(servers, TIMEOUT.toSeconds(), why),
                "Check kafka.bootstrap.servers, the security settings next to it, this user's permissions, and that the brokers are running.");
    }
}
