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
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** REST on the JDK's own server: GET of documents, the bearer token where it is needed. */
final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int PORTS_TRIED = 50;
    private static final int STOP_SECONDS = 0;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param body text as it is, anything else as JSON */
    record Answer(int code, Object body) {}

    /** The resource at a path. */
    @FunctionalInterface
    interface Document {
        /** @param authorized the request has the token; without it, on loopback, keys of rows are omitted */
        Answer get(boolean authorized);
    }

    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Document> documents;
    private final ServerConfig config;
    private final boolean loopback;

    /** @param config with a token */
    ControlServer(ServerConfig config, Map<String, Document> documents) {
        this.config = config;
        this.documents = new TreeMap<>(documents);
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
            exchange.sendResponseHeaders(answer.code(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Reports every failure: a connection that is closed without a response looks like a process that has ended. */
    private Answer answered(HttpExchange exchange) {
        try {
            return answer(exchange);
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

    private Answer answer(HttpExchange exchange) {
        boolean get = exchange.getRequestMethod().equals("GET");
        boolean authorized = config.isAuthorized(exchange.getRequestHeaders().getFirst("Authorization"));
        if ((!get || !loopback) && !authorized) {
            return new Answer(401, Map.of("error", "missing or wrong header Authorization: Bearer <control.token>"));
        }
        Document document = documents.get(exchange.getRequestURI().getPath());
        if (document == null) {
            return new Answer(404, Map.of("error", "there is no such path", "paths", documents.keySet()));
        }
        return get ? document.get(authorized) : new Answer(405, Map.of("error", "only GET is served here"));
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
