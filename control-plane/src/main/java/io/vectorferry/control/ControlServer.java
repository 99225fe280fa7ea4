package io.vectorferry.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.ServerConfig;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** REST on the JDK's own server: routes, each request in a virtual thread, the bearer token where it is needed. */
final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int PORTS_TRIED = 50;
    private static final int STOP_SECONDS = 0;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Maximum of the body of a request. */
    private static final int MAX_BODY_BYTES = 1024 * 1024;

    private static final int NOT_MODIFIED = 304;

    /** The name of the user on whose behalf a client with the token acts, for the history. */
    private static final String USER_HEADER = "X-Ferry-User";

    private static final int MAX_USER = 64;

    /** The name of a holder of the token who gives none. */
    private static final String TOKEN_NAME = "control.token";

    /** The kinds of routes. */
    enum Access {
        /** Reads or evaluates: needs no token on loopback. */
        READ,

        /** Changes the state of the pipeline: needs the token. */
        CHANGE
    }

    /**
     * A request.
     *
     * @param last segment of the path, where the route leaves it open; otherwise empty
     * @param authorized whether it has the token; without it, on loopback, keys of rows are omitted
     * @param who asks, for the history
     */
    record Request(
            String last,
            Map<String, String> query,
            Optional<String> ifNoneMatch,
            String body,
            boolean authorized,
            String who) {}

    /** @param body text as it is, anything else as JSON */
    record Answer(int code, Object body, Map<String, String> headers) {
        Answer(int code, Object body) {
            this(code, body, Map.of());
        }
    }

    /** A request that cannot be understood. */
    static final class BadRequestException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadRequestException(String message) {
            super(message);
        }
    }

    /** The answer of a route. It may block: each request has a thread of its own. */
    @FunctionalInterface
    interface Endpoint {
        Answer answer(Request request) throws IOException, InterruptedException;
    }

    /** @param path whose last segment may be {@code {name}}, which is open */
    record Route(String method, String path, Access access, String summary, Endpoint endpoint) {
        private boolean isOpen() {
            return path.endsWith("}");
        }

        private String fixed() {
            return path.substring(0, path.lastIndexOf('{'));
        }

        private boolean serves(String asked) {
            return isOpen()
                    ? asked.startsWith(fixed())
                            && asked.length() > fixed().length()
                            && asked.indexOf('/', fixed().length()) < 0
                    : path.equals(asked);
        }

        private String last(String asked) {
            return isOpen() ? asked.substring(fixed().length()) : "";
        }
    }

    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Route> routes;
    private final ServerConfig config;
    private final boolean loopback;

    /** @param config with a token */
    ControlServer(ServerConfig config, List<Route> routes) {
        this.config = config;
        this.routes = List.copyOf(routes);
        InetAddress host = config.address();
        this.loopback = host.isLoopbackAddress();
        this.server = bind(host, config.port());
        server.createContext("/", this::handle);
        server.setExecutor(handlers);
        server.start();
    }

    /** {@code host:port} as really bound. */
    String address() {
        return config.host() + ":" + server.getAddress().getPort();
    }

    /** The port as asked for, or the next one that is free. */
    private static HttpServer bind(InetAddress host, int port) {
        for (int tried = 0; tried < (port == 0 ? 1 : PORTS_TRIED); tried++) {
            try {
                return HttpServer.create(new InetSocketAddress(host, port + tried), 0);
            } catch (BindException e) {
                // taken: the next one, which control.address tells
            } catch (IOException e) {
                throw FerryException.misconfigured(
                        "control.listen %s:%d cannot be opened: %s"
                                .formatted(host.getHostAddress(), port + tried, e.getMessage()),
                        "Set control.listen to an address of this machine and a port that its user can open.",
                        e);
            }
        }
        throw FerryException.misconfigured(
                "no free port for control.listen, starting at %d".formatted(port),
                "Set control.listen to another port.");
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answered(exchange);
            boolean text = answer.body() instanceof String;
            byte[] body = bytes(answer.body());
            exchange.getResponseHeaders()
                    .set("Content-Type", text ? "text/plain; version=0.0.4; charset=utf-8" : "application/json");
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            if (answer.code() == NOT_MODIFIED) {
                exchange.sendResponseHeaders(NOT_MODIFIED, -1);
                return;
            }
            exchange.sendResponseHeaders(answer.code(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Reports every failure: a connection that is closed without a response looks like a process that has ended. */
    private Answer answered(HttpExchange exchange) throws IOException {
        try {
            return answer(exchange);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(503, Map.of("error", "the control plane stops"));
        } catch (BadRequestException e) {
            return new Answer(400, Map.of("error", String.valueOf(e.getMessage())));
        } catch (FerryException e) {
            // Refused is what the state does not allow; a person has to do something else first.
            boolean refused = e.kind() == FerryException.Kind.MISCONFIGURED && !e.isUnexpected();
            if (!refused) {
                LOG.warn(
                        "{} could not be answered: {}", exchange.getRequestURI().getPath(), e.getMessage());
            }
            return new Answer(
                    refused ? 409 : 503, Map.of("error", String.valueOf(e.getMessage()), "remedy", e.remedy()));
        } catch (RuntimeException e) {
            LOG.error("{} could not be answered", exchange.getRequestURI().getPath(), e);
            return new Answer(
                    503,
                    Map.of(
                            "error",
                            String.valueOf(
                                    FerryException.unexpected("the answer", e).getMessage())));
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException, InterruptedException {
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        List<Route> here = routes.stream().filter(route -> route.serves(path)).toList();
        Optional<Route> found =
                here.stream().filter(route -> route.method().equals(method)).findFirst();
        boolean authorized = config.isAuthorized(exchange.getRequestHeaders().getFirst("Authorization"));
        boolean reads = found.map(route -> route.access() == Access.READ).orElse(method.equals("GET"));
        if ((!reads || !loopback) && !authorized) {
            return new Answer(401, Map.of("error", "missing or wrong header Authorization: Bearer <control.token>"));
        }
        if (here.isEmpty()) {
            TreeSet<String> paths = new TreeSet<>();
            routes.forEach(route -> paths.add(route.path()));
            return new Answer(404, Map.of("error", "there is no such path", "paths", paths));
        }
        if (found.isEmpty()) {
            String allowed = String.join(", ", here.stream().map(Route::method).toList());
            return new Answer(
                    405, Map.of("error", "only %s is served here".formatted(allowed)), Map.of("Allow", allowed));
        }
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
        if (body.length > MAX_BODY_BYTES) {
            return new Answer(413, Map.of("error", "a request has at most %d bytes".formatted(MAX_BODY_BYTES)));
        }
        return found.get()
                .endpoint()
                .answer(new Request(
                        found.get().last(path),
                        query(exchange.getRequestURI().getRawQuery()),
                        Optional.ofNullable(exchange.getRequestHeaders().getFirst("If-None-Match")),
                        new String(body, StandardCharsets.UTF_8),
                        authorized,
                        who(exchange.getRequestHeaders().getFirst(USER_HEADER))));
    }

    private static Map<String, String> query(@Nullable String raw) {
        Map<String, String> query = new HashMap<>();
        for (String part : raw == null ? new String[0] : raw.split("&", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                query.put(decoded(part.substring(0, equals)), decoded(part.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decoded(String part) {
        try {
            return URLDecoder.decode(part, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("the query is not encoded as in a URL: " + e.getMessage());
        }
    }

    private static String who(@Nullable String given) {
        String name = given == null ? "" : given.replaceAll("[^\\p{Alnum}@._-]", "");
        return name.isEmpty() ? TOKEN_NAME : name.substring(0, Math.min(MAX_USER, name.length()));
    }

    private static byte[] bytes(Object body) throws JsonProcessingException {
        return body instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : JSON.writeValueAsBytes(body);
    }

    @Override
    public void close() {
        server.stop(STOP_SECONDS);
        handlers.shutdownNow();
    }
}
