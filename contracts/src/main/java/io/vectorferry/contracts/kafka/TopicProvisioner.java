package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.FerryException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Makes the pipeline's topics and waits until each partition answers: an idempotent producer that writes to a topic
 * just created loses its first records in Kafka 4.3 (KAFKA-15591).
 */
public final class TopicProvisioner {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(50);

    private final Admin admin;

    public TopicProvisioner(Admin admin) {
        this.admin = admin;
    }

    /** @throws FerryException when a topic stands with another number of partitions than the pipeline asks for */
    public void ensure(Collection<? extends TopicSpec<?, ?>> topics) {
        for (TopicSpec<?, ?> topic : topics) {
            create(topic);
        }
        for (TopicSpec<?, ?> topic : topics) {
            awaitReady(topic);
            checkPartitions(topic);
        }
    }

    private void create(TopicSpec<?, ?> topic) {
        var fresh =
                new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty()).configs(topic.settings());
        try {
            admin.createTopics(List.of(fresh)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw FerryException.misconfigured(
                        "topic %s could not be created: %s".formatted(topic.name(), reason(e)),
                        "Check kafka.bootstrap.servers and that this user may create topics.",
                        e);
            }
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private void awaitReady(TopicSpec<?, ?> topic) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            latest.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
        }
        long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
        while (true) {
            try {
                admin.listOffsets(latest).all().get();
                return;
            } catch (ExecutionException e) {
                boolean passing = e.getCause() instanceof RetriableException
                        || e.getCause() instanceof UnknownTopicOrPartitionException;
                if (!passing || System.nanoTime() > deadline) {
                    throw FerryException.misconfigured(
                            "topic %s does not respond: %s".formatted(topic.name(), reason(e)),
                            "Check that kafka.partitions is not more than the topic has.",
                            e);
                }
            } catch (InterruptedException e) {
                throw interrupted(topic, e);
            }
            pause(topic);
        }
    }

    private void checkPartitions(TopicSpec<?, ?> topic) {
        try {
            int actual = admin.describeTopics(Set.of(topic.name())).allTopicNames().get().values().stream()
                    .mapToInt(description -> description.partitions().size())
                    .sum();
            if (actual != topic.partitions()) {
                throw FerryException.misconfigured(
                        "topic %s has %d partitions, but the pipeline is configured for %d"
                                .formatted(topic.name(), actual, topic.partitions()),
                        "Set kafka.partitions to %d: the partition of a key must not change.".formatted(actual));
            }
        } catch (ExecutionException e) {
            throw FerryException.retryable("topic " + topic.name() + " could not be described", e);
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static String reason(ExecutionException e) {
        return e.getCause() == null ? e.toString() : e.getCause().toString();
    }

    private static void pause(TopicSpec<?, ?> topic) {
        try {
            Thread.sleep(RETRY_PAUSE);
        } catch (InterruptedException e) {
            throw interrupted(topic, e);
        }
    }

    private static FerryException interrupted(TopicSpec<?, ?> topic, InterruptedException e) {
        Thread.currentThread().interrupt();
        return FerryException.retryable("interrupted while waiting for topic " + topic.name(), e);
    }
}
