package io.vectorferry.control.routing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.contracts.FerryException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The JSON of the routing: its document, the requests that change it, and the searches that are compared. */
public final class RoutingJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> KEYS =
            Set.of("set", "hold", "advance", "abort", "plan", "pin", "unpin", "shadow", "target", "why");
    private static final int MAX_IDS = 10_000;

    private RoutingJson() {}

    /** Returns the document that clients follow. */
    public static Map<String, Object> document(Routing routing) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("version", routing.version());
        document.put("reads", routing.reads());
        document.put("writes", routing.writes());
        document.put("shadow", Map.of("share", routing.shadow()));
        document.put("hash", "murmur3-32");
        document.put("seed", 0);
        document.put("pinned", new TreeMap<>(routing.pinned()));
        return document;
    }

    /** Returns the request that the object describes. */
    public static RoutingRequest request(JsonNode body) {
        body.fieldNames().forEachRemaining(name -> {
            if (!KEYS.contains(name)) {
                throw invalid(
                        name,
                        "is not known; there are "
                                + String.join(", ", KEYS.stream().sorted().toList()));
            }
        });
        Map<String, String> pin = new HashMap<>();
        body.path("pin")
                .properties()
                .forEach(one -> pin.put(one.getKey(), one.getValue().asText()));
        List<String> unpin = new ArrayList<>();
        body.path("unpin").forEach(key -> unpin.add(key.asText()));
        return new RoutingRequest(
                number(body, "set"),
                body.path("hold").asBoolean(),
                body.path("advance").asBoolean(),
                body.path("abort").asBoolean(),
                body.has("plan") ? Optional.of(plan(body.path("plan"))) : Optional.empty(),
                pin,
                unpin,
                number(body, "shadow").map(BigDecimal::doubleValue),
                body.has("target") ? Optional.of(body.path("target").asText()) : Optional.empty());
    }

    /** Returns the object that describes the request. */
    public static ObjectNode of(RoutingRequest request) {
        ObjectNode body = JSON.createObjectNode();
        request.set().ifPresent(percent -> body.put("set", percent));
        flag(body, "hold", request.hold());
        flag(body, "advance", request.advance());
        flag(body, "abort", request.abort());
        request.plan().ifPresent(plan -> {
            ArrayNode steps = body.putArray("plan");
            plan.steps().forEach(step -> steps.addObject()
                    .put("percent", Routing.percent(step.share()))
                    .put("seconds", step.hold().toSeconds()));
        });
        if (!request.pin().isEmpty()) {
            ObjectNode pin = body.putObject("pin");
            request.pin().forEach(pin::put);
        }
        if (!request.unpin().isEmpty()) {
            request.unpin().forEach(body.putArray("unpin")::add);
        }
        request.shadow().ifPresent(share -> body.put("shadow", share));
        request.target().ifPresent(store -> body.put("target", store));
        return body;
    }

    private static void flag(ObjectNode body, String name, boolean value) {
        if (value) {
            body.put(name, true);
        }
    }

    private static Optional<BigDecimal> number(JsonNode body, String name) {
        JsonNode value = body.path(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isNumber()) {
            throw invalid(name, "must be a number");
        }
        return Optional.of(new BigDecimal(value.asText()));
    }

    private static RoutingPlan plan(JsonNode steps) {
        List<RoutingPlan.Step> plan = new ArrayList<>();
        for (JsonNode step : steps) {
            if (!step.path("percent").isNumber() || !step.path("seconds").isIntegralNumber()) {
                throw invalid("plan", "must be a list of {\"percent\": 5, \"seconds\": 86400}");
            }
            plan.add(new RoutingPlan.Step(
                    Routing.share(new BigDecimal(step.path("percent").asText())),
                    Duration.ofSeconds(step.path("seconds").asLong())));
        }
        return new RoutingPlan(plan);
    }

    private static FerryException invalid(String name, String what) {
        return FerryException.misconfigured("%s %s".formatted(name, what), "See the page on routing.");
    }

    /**
     * Returns the comparison that the object describes: {@code store}, {@code ids} and {@code millis} of one search, and
     * {@code other} of the same search on the other store. A search that failed has {@code error}.
     *
     * @throws IllegalArgumentException when a part is missing
     */
    public static ShadowFigures.Comparison comparison(JsonNode body) {
        JsonNode other = body.path("other");
        if (!other.isObject()) {
            throw new IllegalArgumentException(
                    "other is missing: the ids and millis of the same search on the other store");
        }
        boolean isSource = body.path("store").asText().equals(Routing.SOURCE);
        JsonNode source = isSource ? body : other;
        JsonNode target = isSource ? other : body;
        boolean sourceFailed = isFailed(source);
        boolean targetFailed = isFailed(target);
        return new ShadowFigures.Comparison(
                sourceFailed || targetFailed ? Double.NaN : overlap(ids(source), ids(target)),
                sourceFailed,
                targetFailed,
                millis(source),
                millis(target));
    }

    private static boolean isFailed(JsonNode search) {
        JsonNode error = search.path("error");
        return error.isBoolean() ? error.asBoolean() : error.isTextual();
    }

    private static double millis(JsonNode search) {
        JsonNode millis = search.path("millis");
        if (!millis.isNumber() && !isFailed(search)) {
            throw new IllegalArgumentException("millis is missing");
        }
        return millis.asDouble();
    }

    private static Set<String> ids(JsonNode search) {
        if (!search.path("ids").isArray() || search.path("ids").size() > MAX_IDS) {
            throw new IllegalArgumentException("ids must be a list of at most %d ids".formatted(MAX_IDS));
        }
        Set<String> ids = new HashSet<>();
        search.path("ids").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    /** The share of the source's results that the target has too. */
    private static double overlap(Set<String> source, Set<String> target) {
        if (source.isEmpty()) {
            return target.isEmpty() ? 1 : 0;
        }
        Set<String> both = new HashSet<>(source);
        both.retainAll(target);
        return (double) both.size() / source.size();
    }
}
