package io.vectorferry.producer.chroma;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vectorferry.deploy.server.ChromaServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Stands in for a hosted Chroma or a gateway: lets through to a real server what carries the token, since Chroma 1.x itself asks for none. */
public final class TokenProxy implements AutoCloseable {
    private static final byte[] REFUSED =
            "{\"error\":\"ChromaError\",\"message\":\"Permission denied.\"}".getBytes(StandardCharsets.UTF_8);

    private final String header;
    private final String value;
    private final String behind;
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server;

    TokenProxy(ChromaServer behind, String header, String value) throws IOException {
        this.behind = behind.url();
        this.header = header;
        this.value = value;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (value.equals(exchange.getRequestHeaders().getFirst(header))) {
                HttpResponse<byte[]> answer = forwarded(exchange);
                answer(exchange, answer.statusCode(), answer.body());
            } else {
                answer(exchange, 403, REFUSED);
            }
        }
    }

    private HttpResponse<byte[]> forwarded(HttpExchange exchange) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(behind + exchange.getRequestURI()))
                .header("Content-Type", "application/json")
                .method(
                        exchange.getRequestMethod(),
                        HttpRequest.BodyPublishers.ofByteArray(
                                exchange.getRequestBody().readAllBytes()))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        client.close();
    }
}
