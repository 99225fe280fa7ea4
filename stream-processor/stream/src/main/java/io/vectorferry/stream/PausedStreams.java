package io.vectorferry.stream;

import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.Metric;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/**
 * The pause of Kafka Streams. It holds as soon as it is requested, but each thread finishes the record that it has; once a thread has
 * polled twice since then, it processes nothing. Its consumer keeps its place in the group. Thread-safe.
 */
final class PausedStreams {
    private static final int SAFE_AFTER_POLLS = 2;

    private @Nullable KafkaStreams streams;
    private boolean requested;
    private Map<String, Double> pollsBefore = Map.of();

    /** @param starting has not started yet */
    synchronized void of(KafkaStreams starting) {
        streams = starting;
        if (requested) {
            starting.pause();
        }
    }

    synchronized void pause() {
        requested = true;
        if (streams != null) {
            streams.pause();
            pollsBefore = polls(streams);
        }
    }

    synchronized void resume() {
        requested = false;
        if (streams != null) {
            streams.resume();
        }
    }

    synchronized boolean isPaused() {
        return requested
                && (streams == null
                        || polls(streams).entrySet().stream()
                                .allMatch(thread -> thread.getValue() - pollsBefore.getOrDefault(thread.getKey(), 0.0)
                                        >= SAFE_AFTER_POLLS));
    }

    private static Map<String, Double> polls(KafkaStreams streams) {
        return streams.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("poll-total")
                        && metric.metricName().group().equals("stream-thread-metrics"))
                .collect(Collectors.toMap(PausedStreams::thread, metric -> (Double) metric.metricValue(), Double::sum));
    }

    private static String thread(Metric metric) {
        return metric.metricName().tags().getOrDefault("thread-id", "");
    }
}
