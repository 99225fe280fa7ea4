package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.deadletters.DeadLetters;
import io.vectorferry.control.status.Metrics;
import io.vectorferry.control.status.PipelineHistory;
import io.vectorferry.control.status.PipelineStatus;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The responses of the REST interface, by path. */
final class RestRoutes {
    private final String pipeline;
    private final Supplier<PipelineStatus> status;
    private final ControlView view;
    private final Supplier<DeadLetters> deadLetters;
    private final Metrics metrics;

    RestRoutes(
            String pipeline,
            Supplier<PipelineStatus> status,
            ControlView view,
            KafkaConnection kafka,
            Topics topics,
            Clock clock,
            Metrics metrics) {
        this.pipeline = pipeline;
        this.status = status;
        this.view = view;
        // A fresh one a request: it is for one thread.
        this.deadLetters = () -> new DeadLetters(kafka, topics, clock);
        this.metrics = metrics;
    }

    Map<String, ControlServer.Document> byPath() {
        String base = "/api/v1/pipelines/" + pipeline;
        Map<String, ControlServer.Document> paths = new TreeMap<>();
        paths.put(base, this::status);
        paths.put(base + "/status", this::status);
        paths.put(base + "/dead-letters", authorized -> ok(letters(authorized)));
        paths.put(base + "/history", authorized -> ok(history()));
        paths.put("/health/live", authorized -> ok(Map.of("status", "up")));
        paths.put("/health/ready", authorized -> ready());
        paths.put("/metrics", authorized -> ok(metrics.scrape()));
        List<String> described = List.copyOf(paths.keySet());
        paths.put("/openapi.json", authorized -> ok(openApi(described)));
        return paths;
    }

    private ControlServer.Answer status(boolean authorized) {
        return ok(authorized ? status.get() : status.get().withoutKeys());
    }

    private static ControlServer.Answer ok(Object body) {
        return new ControlServer.Answer(200, body);
    }

    private ControlServer.Answer ready() {
        boolean failed = status.get().state() == PipelineState.FAILED;
        return new ControlServer.Answer(failed ? 503 : 200, Map.of("status", failed ? "down" : "up"));
    }

    /** A dead letter without its row; the message of one that names keys of rows is for those alone that may see them. */
    private record Letter(
            String id,
            String collection,
            String error,
            String message,
            String stage,
            boolean retryable,
            long failedMicros,
            String state) {
        static Letter of(DeadLetters.Entry entry, boolean authorized) {
            return new Letter(
                    entry.id(),
                    entry.key().collection(),
                    entry.letter().error().label(),
                    authorized || !entry.letter().namesKeys() ? entry.letter().message() : "",
                    entry.letter().stage(),
                    entry.isRetryable(),
                    entry.letter().failedMicros(),
                    entry.state().toString());
        }
    }

    private record Step(String from, String to, String who, String why, long atMicros) {
        static Step of(StateTransition transition) {
            return new Step(
                    transition.getFrom(),
                    transition.getTo(),
                    transition.getWho(),
                    transition.getWhy(),
                    transition.getAtMicros());
        }
    }

    private List<Letter> letters(boolean authorized) {
        return deadLetters.get().list(view).stream()
                .map(entry -> Letter.of(entry, authorized))
                .toList();
    }

    private List<Step> history() {
        return PipelineHistory.history(view).stream().map(Step::of).toList();
    }

    private static Map<String, Object> openApi(List<String> paths) {
        Map<String, Object> described = new LinkedHashMap<>();
        for (String path : paths) {
            described.put(path, Map.of("get", Map.of("responses", Map.of("200", Map.of("description", "as asked")))));
        }
        return Map.of("openapi", "3.1.0", "info", Map.of("title", "Vectorferry", "version", "v1"), "paths", described);
    }
}
