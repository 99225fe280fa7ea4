package io.vectorferry.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.control.ControlServer.Access;
import io.vectorferry.control.ControlServer.Answer;
import io.vectorferry.control.ControlServer.Request;
import io.vectorferry.control.ControlServer.Route;
import io.vectorferry.control.flags.Flags;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The routing for OpenFeature: OFREP 0.3, and a definition for flagd. */
final class FlagRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OFREP = "/ofrep/v1/evaluate/flags";

    private final String pipeline;
    private final Flags flags;

    FlagRoutes(String pipeline, Flags flags) {
        this.pipeline = pipeline;
        this.flags = flags;
    }

    List<Route> all() {
        return List.of(
                new Route("POST", OFREP + "/{key}", Access.READ, "evaluates one flag (OFREP)", this::one),
                new Route("POST", OFREP, Access.READ, "evaluates all flags (OFREP)", this::bulk),
                new Route(
                        "GET",
                        "/api/v1/pipelines/" + pipeline + "/flagd.json",
                        Access.READ,
                        "the flags as a flagd definition",
                        request -> new Answer(200, flags.flagd())));
    }

    /** A context that has no targeting key is one that says nothing of it. */
    private record Context(Optional<String> targetingKey, Optional<String> error, String errorCode) {
        static Context invalid(String errorCode, String error) {
            return new Context(Optional.empty(), Optional.of(error), errorCode);
        }

        static Context of(String body) {
            JsonNode root;
            try {
                root = JSON.readTree(body);
            } catch (IOException e) {
                return invalid("PARSE_ERROR", "the body is not JSON");
            }
            JsonNode context = root == null ? null : root.get("context");
            if (context == null || !context.isObject()) {
                return invalid("INVALID_CONTEXT", "the body has no object `context`");
            }
            JsonNode key = context.get("targetingKey");
            if (key == null || key.isNull() || (key.isTextual() && key.asText().isEmpty())) {
                return new Context(Optional.empty(), Optional.empty(), "");
            }
            return key.isTextual()
                    ? new Context(Optional.of(key.asText()), Optional.empty(), "")
                    : invalid("INVALID_CONTEXT", "context.targetingKey must be a text");
        }
    }

    private Answer one(Request request) {
        Context context = Context.of(request.body());
        if (context.error().isPresent()) {
            return new Answer(
                    400,
                    new Flags.Failure(
                            request.last(), context.errorCode(), context.error().get()));
        }
        return switch (flags.evaluate(request.last(), context.targetingKey())) {
            case Flags.Success success -> new Answer(200, success);
            case Flags.Failure failure -> new Answer(failure.errorCode().equals("FLAG_NOT_FOUND") ? 404 : 400, failure);
        };
    }

    private Answer bulk(Request request) {
        Context context = Context.of(request.body());
        if (context.error().isPresent()) {
            return failed(context.errorCode(), context.error().get());
        }
        if (context.targetingKey().isEmpty()) {
            return failed("TARGETING_KEY_MISSING", "context.targetingKey is missing");
        }
        String key = context.targetingKey().get();
        String tag = flags.tag(key);
        Map<String, String> headers = Map.of("ETag", tag);
        if (request.ifNoneMatch().filter(known -> EntityTag.matches(known, tag)).isPresent()) {
            return new Answer(304, "", headers);
        }
        return new Answer(200, Map.of("flags", flags.evaluateAll(key)), headers);
    }

    private static Answer failed(String errorCode, String details) {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("errorCode", errorCode);
        body.put("errorDetails", details);
        return new Answer(400, body);
    }
}
