package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * The end offsets of some topics at one point in time.
 *
 * @param topics by their names
 */
public record TopicEnds(Map<String, Ends> topics) {

    /**
     * @param id unlike the name never used again
     * @param offsets of the partitions, each that of the next record
     */
    public record Ends(String id, List<Long> offsets) {
        public Ends {
            offsets = List.copyOf(offsets);
        }
    }

    public TopicEnds {
        topics = Map.copyOf(topics);
    }

    /** The ends as they are now. */
    public static TopicEnds now(KafkaConnection kafka, List<TopicSpec<?, ?>> topics) {
        try (Admin admin = kafka.admin()) {
            Map<String, Ends> places = new TreeMap<>();
            for (TopicSpec<?, ?> topic : topics) {
                places.put(topic.name(), new Ends(id(admin, topic), offsets(admin, topic, OffsetSpec.latest())));
            }
            return new TopicEnds(places);
        } catch (ExecutionException e) {
            throw FerryException.retryable("the ends of topics cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while the ends of topics were read", e);
        }
    }

    /**
     * Returns the offset of each partition; fails if the topic was recreated, or has lost the first records after the
     * position.
     */
    List<Long> stillKept(KafkaConnection kafka, TopicSpec<?, ?> topic) {
        Ends place = topics.get(topic.name());
        try (Admin admin = kafka.admin()) {
            if (place == null
                    || !place.id().equals(id(admin, topic))
                    || place.offsets().size() != topic.partitions()) {
                throw lost("topic %s was deleted and created again".formatted(topic.name()));
            }
            List<Long> first = offsets(admin, topic, OffsetSpec.earliest());
            for (int partition = 0; partition < first.size(); partition++) {
                if (first.get(partition) > place.offsets().get(partition)) {
                    throw lost("topic %s no longer has all records since the last verification that passed"
                            .formatted(topic.name()));
                }
            }
            return place.offsets();
        } catch (ExecutionException e) {
            throw FerryException.retryable("the beginning of topic %s cannot be read".formatted(topic.name()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while the beginning of a topic was read", e);
        }
    }

    private static FerryException lost(String problem) {
        return FerryException.misconfigured(problem, "Compare every row: `ferry verify --full`.");
    }

    private static String id(Admin admin, TopicSpec<?, ?> topic) throws ExecutionException, InterruptedException {
        KafkaFuture<TopicDescription> described = Objects.requireNonNull(
                admin.describeTopics(List.of(topic.name())).topicNameValues().get(topic.name()), "it was asked for");
        return described.get().topicId().toString();
    }

    private static List<Long> offsets(Admin admin, TopicSpec<?, ?> topic, OffsetSpec spec)
            throws ExecutionException, InterruptedException {
        List<TopicPartition> partitions = IntStream.range(0, topic.partitions())
                .mapToObj(partition -> new TopicPartition(topic.name(), partition))
                .toList();
        ListOffsetsResult found =
                admin.listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), any -> spec)));
        List<Long> offsets = new ArrayList<>();
        for (TopicPartition partition : partitions) {
            offsets.add(found.partitionResult(partition).get().offset());
        }
        return offsets;
    }
}
