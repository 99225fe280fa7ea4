package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.control.ControlServer.Route;
import io.vectorferry.control.deadletters.DeadLetters;
import io.vectorferry.control.lifecycle.HistoryEntry;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.status.Metrics;
import io.vectorferry.control.status.PipelineStatus;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

    /** @param more routes that the description lists too */
    List<Route> with(List<Route> more) {
        String base = "/api/v1/pipelines/" + pipeline;
        List<Route> routes = new ArrayList<>();
        routes.add(get(base, "the status", this::status));
        routes.add(get(base + "/status", "the status", this::status));
        routes.add(
                get(base + "/dead-letters", "the oldest dead letters", request -> ok(letters(request.authorized()))));
        routes.add(get(base + "/history", "the events of the life cycle", request -> ok(history())));
        routes.add(get("/health/live", "whether the process runs", request -> ok(Map.of("status", "up"))));
        routes.add(get("/health/ready", "whether the pipeline fails", request -> ready()));
        routes.add(get("/metrics", "metrics for Prometheus", request -> ok(metrics.scrape())));
        routes.addAll(more);
        List<Route> described = List.copyOf(routes);
        routes.add(get("/openapi.json", "this description", request -> ok(openApi(described))));
        return routes;
    }

    private static Route get(String path, String summary, ControlServer.Endpoint endpoint) {
        return new Route("GET", path, ControlServer.Access.READ, summary, endpoint);
    }

    private ControlServer.Answer status(ControlServer.Request request) {
        return ok(request.authorized() ? status.get() : status.get().withoutKeys());
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

    private List<Letter> letters(boolean authorized) {
        return deadLetters.get().list(view).stream()
                .map(entry -> Letter.of(entry, authorized))
                .toList();
    }

    private List<HistoryEntry> history() {
        return Life.history(view).stream().map(HistoryEntry::of).toList();
    }

    private static Map<String, Object> openApi(List<Route> routes) {
        Map<String, Map<String, Object>> paths = new TreeMap<>();
        for (Route route : routes) {
            Map<String, Object> operation = new LinkedHashMap<>();
            operation.put("summary", route.summary());
            if (route.path().endsWith("}")) {
                String name = route.path()
                        .substring(
                                route.path().lastIndexOf('{') + 1, route.path().length() - 1);
                operation.put(
                        "parameters",
                        List.of(Map.of(
                                "name", name, "in", "path", "required", true, "schema", Map.of("type", "string"))));
            }
            if (route.access() == ControlServer.Access.CHANGE) {
                operation.put("security", List.of(Map.of("bearer", List.of())));
            }
            operation.put("responses", Map.of("200", Map.of("description", route.summary())));
            paths.computeIfAbsent(route.path(), path -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation);
        }
        return Map.of(
                "openapi",
                "3.1.0",
                "info",
                Map.of("title", "Vectorferry", "version", "v1"),
                "components",
                Map.of("securitySchemes", Map.of("bearer", Map.of("type", "http", "scheme", "bearer"))),
                "paths",
                paths);
    }
}
