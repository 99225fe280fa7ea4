package io.vectorferry.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.ControlServer.Access;
import io.vectorferry.control.ControlServer.Answer;
import io.vectorferry.control.ControlServer.BadRequestException;
import io.vectorferry.control.ControlServer.Request;
import io.vectorferry.control.ControlServer.Route;
import io.vectorferry.control.lifecycle.Controller;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingBoard;
import io.vectorferry.control.routing.RoutingJson;
import io.vectorferry.control.routing.RoutingRequest;
import io.vectorferry.control.routing.ShadowFigures;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** The commands of the life cycle, and the routing with what its shadow reads find. */
final class LifecycleRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The server gives a response 120 seconds. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(60);

    /** Maximum of requests that wait for a change: each holds a connection. */
    private static final int MAX_WAITING = 1_000;

    private static final int MAX_WHY = 500;

    private final String base;
    private final Controller controller;
    private final ShadowFigures figures;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);

    LifecycleRoutes(String pipeline, Controller controller, ShadowFigures figures) {
        this.base = "/api/v1/pipelines/" + pipeline;
        this.controller = controller;
        this.figures = figures;
    }

    /** A command of a person. */
    private interface Command {
        Optional<StateTransition> run(String who, String why);
    }

    List<Route> all() {
        return List.of(
                command("/pause", "all stages pause", controller::pause),
                command("/resume", "all stages resume", controller::resume),
                command(
                        "/cancel",
                        "gives the migration up: reads return to the source, all stages pause",
                        controller::cancel),
                command("/complete", "ends a migration whose writes are switched", controller::complete),
                new Route(
                        "GET",
                        base + "/routing",
                        Access.READ,
                        "which store answers reads and takes writes",
                        this::routing),
                new Route("POST", base + "/routing", Access.CHANGE, "changes the routing", this::route),
                new Route("POST", base + "/shadow", Access.CHANGE, "compares one search on both stores", this::shadow));
    }

    private Route command(String path, String summary, Command command) {
        return new Route("POST", base + path, Access.CHANGE, summary, request -> {
            boolean changed = command.run(request.who(), why(body(request))).isPresent();
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("changed", changed);
            answer.put("state", controller.life().phase().state().toString());
            answer.put("paused", controller.life().paused());
            answer.put("sequence", controller.life().sequence());
            return new Answer(200, answer);
        });
    }

    private static JsonNode body(Request request) {
        try {
            JsonNode body = JSON.readTree(request.body());
            if (body == null || body.isMissingNode() || body.isObject()) {
                return body == null ? JSON.createObjectNode() : body;
            }
        } catch (IOException e) {
            // reported below
        }
        throw new BadRequestException("the body must be a JSON object, or empty");
    }

    private static String why(JsonNode body) {
        String why = body.path("why").asText("").strip();
        return why.substring(0, Math.min(MAX_WHY, why.length()));
    }

    private Answer routing(Request request) throws InterruptedException {
        Routing now = controller.routing().current();
        Optional<String> known = request.ifNoneMatch();
        boolean isKnown = known.isEmpty() || EntityTag.matches(known.get(), tag(now));
        String wait = request.query().get("wait");
        if (wait != null && isKnown) {
            if (!waiting.tryAcquire()) {
                return new Answer(
                        429, Map.of("error", "too many requests wait for a change"), Map.of("Retry-After", "5"));
            }
            try {
                now = controller.routing().await(now.version(), RoutingBoard.wait(wait, MAX_WAIT));
            } finally {
                waiting.release();
            }
        }
        Map<String, String> headers = Map.of("ETag", tag(now), "Cache-Control", "no-cache");
        return known.isPresent() && EntityTag.matches(known.get(), tag(now))
                ? new Answer(304, "", headers)
                : new Answer(200, RoutingJson.document(now), headers);
    }

    private static String tag(Routing routing) {
        return "\"" + routing.version() + "\"";
    }

    private Answer route(Request request) {
        JsonNode body = body(request);
        RoutingRequest asked;
        try {
            asked = RoutingJson.request(body);
        } catch (FerryException e) {
            throw new BadRequestException("%s. %s".formatted(e.getMessage(), e.remedy()));
        }
        var unused = controller.route(request.who(), why(body), asked);
        Routing now = controller.routing().current();
        return new Answer(200, RoutingJson.document(now), Map.of("ETag", tag(now)));
    }

    private Answer shadow(Request request) {
        ShadowFigures.Comparison comparison;
        try {
            comparison = RoutingJson.comparison(body(request));
        } catch (IllegalArgumentException e) {
            throw new BadRequestException(String.valueOf(e.getMessage()));
        }
        figures.add(comparison, controller.routing().current().share());
        return new Answer(202, Map.of("accepted", true));
    }
}
