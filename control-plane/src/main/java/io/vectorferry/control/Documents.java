package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.wire.StateTransition;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What each path of the REST interface answers. */
final class Documents {
    private final String pipeline;
    private final Supplier<PipelineStatus> status;
    private final ControlView view;
    private final Supplier<DeadLetters> deadLetters;
    private final Metrics metrics;

    Documents(
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

    Map<String, Supplier<ControlServer.Answer>> byPath() {
        String base = "/api/v1/pipelines/" + pipeline;
        Map<String, Supplier<ControlServer.Answer>> paths = new TreeMap<>();
        paths.put(base, () -> ok(status.get()));
        paths.put(base + "/status", () -> ok(status.get()));
        paths.put(base + "/dead-letters", () -> ok(letters()));
        paths.put(base + "/history", () -> ok(history()));
        paths.put("/health/live", () -> ok(Map.of("status", "up")));
        paths.put("/health/ready", this::ready);
        paths.put("/metrics", () -> ok(metrics.scrape()));
        List<String> described = List.copyOf(paths.keySet());
        paths.put("/openapi.json", () -> ok(openApi(described)));
        return paths;
    }

    private static ControlServer.Answer ok(Object body) {
        return new ControlServer.Answer(200, body);
    }

    private ControlServer.Answer ready() {
        boolean failed = status.get().state().equals("failed");
        return new ControlServer.Answer(failed ? 503 : 200, Map.of("status", failed ? "down" : "up"));
    }

    private List<Map<String, Object>> letters() {
        return deadLetters.get().list(view).stream().map(Documents::letter).toList();
    }

    private static Map<String, Object> letter(DeadLetters.Entry entry) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", entry.id());
        shown.put("collection", entry.key().collection());
        shown.put("error", entry.letter().error().label());
        shown.put("message", entry.letter().message());
        shown.put("stage", entry.letter().stage());
        shown.put("retryable", entry.letter().retryable());
        shown.put("failedMicros", entry.letter().failedMicros());
        shown.put("state", entry.state());
        return shown;
    }

    private List<Map<String, Object>> history() {
        return Transitions.history(view).stream().map(Documents::transition).toList();
    }

    private static Map<String, Object> transition(StateTransition transition) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("from", transition.getFrom());
        shown.put("to", transition.getTo());
        shown.put("who", transition.getWho());
        shown.put("why", transition.getWhy());
        shown.put("atMicros", transition.getAtMicros());
        return shown;
    }

    private static Map<String, Object> openApi(List<String> paths) {
        Map<String, Object> described = new LinkedHashMap<>();
        for (String path : paths) {
            described.put(path, Map.of("get", Map.of("responses", Map.of("200", Map.of("description", "as asked")))));
        }
        return Map.of("openapi", "3.1.0", "info", Map.of("title", "Vectorferry", "version", "v1"), "paths", described);
    }
}
