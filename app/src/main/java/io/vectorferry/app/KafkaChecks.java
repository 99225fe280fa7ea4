package io.vectorferry.app;

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
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/** Whether the pipeline's outside Kafka answers, can do exactly-once, and has room for the topics; the embedded one starts with the pipeline. */
final class KafkaChecks {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final String CHECK = "kafka";
    private static final String TRANSACTION_REPLICAS = "transaction.state.log.replication.factor";

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
            checkBrokers(admin, servers);
            checkTopics(admin);
        } catch (ExecutionException | KafkaException e) {
            findings.add(unanswered(servers, e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            findings.add(unanswered(servers, e));
        }
        return List.copyOf(findings);
    }

    private void checkBrokers(Admin admin, String servers) throws ExecutionException, InterruptedException {
        Collection<Node> nodes = admin.describeCluster().nodes().get();
        findings.add(Finding.ok(CHECK, "Kafka at %s answers, %d brokers".formatted(servers, nodes.size())));
        if (nodes.size() == 1) {
            findings.add(Finding.warning(
                    CHECK,
                    "with one broker, what it loses is lost",
                    "Run three brokers with default.replication.factor=3 and min.insync.replicas=2."));
        }
        checkTransactions(admin, nodes);
    }

    /** A transaction log that asks for more replicas than there are brokers is never made, and every commit waits for it. */
    private void checkTransactions(Admin admin, Collection<Node> nodes)
            throws ExecutionException, InterruptedException {
        ConfigResource broker = new ConfigResource(
                ConfigResource.Type.BROKER, nodes.iterator().next().idString());
        Config settings = admin.describeConfigs(List.of(broker)).all().get().get(broker);
        var replicas = settings == null ? null : settings.get(TRANSACTION_REPLICAS);
        if (replicas != null && replicas.value() != null && Integer.parseInt(replicas.value()) > nodes.size()) {
            findings.add(Finding.error(
                    CHECK,
                    "%s is %s and there are %d brokers, so no transaction can be made"
                            .formatted(TRANSACTION_REPLICAS, replicas.value(), nodes.size()),
                    "Start more brokers, or set %s=%d on them.".formatted(TRANSACTION_REPLICAS, nodes.size())));
        }
    }

    private void checkTopics(Admin admin) throws ExecutionException, InterruptedException {
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
        findings.add(Finding.ok(
                "topics",
                "%d of %d exist, the others will be made"
                        .formatted(standing.size(), topics.all().size())));
    }

    private void checkPartitions(String name, int actual) {
        topics.all().stream()
                .filter(topic -> topic.name().equals(name) && topic.partitions() != actual)
                .forEach(topic -> findings.add(Finding.error(
                        "topics",
                        "topic %s has %d partitions and the pipeline asks for %d"
                                .formatted(name, actual, topic.partitions()),
                        "Set kafka.partitions to %d: the partition of a key must not change.".formatted(actual))));
    }

    private static Finding unanswered(String servers, Exception e) {
        String why = e.getCause() == null
                ? String.valueOf(e.getMessage())
                : String.valueOf(e.getCause().getMessage());
        return Finding.error(
                CHECK,
                "Kafka at %s did not answer within %d s: %s".formatted(servers, TIMEOUT.toSeconds(), why),
                "Check kafka.bootstrap.servers, the security settings beside it, this user's rights, and that the brokers run.");
    }
}
