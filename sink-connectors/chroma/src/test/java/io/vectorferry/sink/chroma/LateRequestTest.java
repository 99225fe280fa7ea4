package io.vectorferry.sink.chroma;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A request that was given up and arrives behind newer writes of the same rows. */
@ExtendWith(SharedServer.class)
final class LateRequestTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ChromaServer server;
    private final String collection = SharedServer.freshName();

    LateRequestTest(ChromaServer server) {
        this.server = server;
    }

    @Test
    void whatWasWrittenSinceStandsAgain() throws IOException {
        try (Delaying proxy = new Delaying(server.url());
                ChromaTarget reading = new ChromaTarget("direct", SharedServer.config(server.url(), collection));
                ChromaTarget target = new ChromaTarget(
                        "vectors",
                        SharedServer.config(
                                SharedServer.address(proxy.url(), Duration.ofSeconds(3)), collection, Space.L2));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            apply(writer, batch(1, upsert(1, "first"), upsert(2, "first"), upsert(3, "first")));

            WriteBatch late = batch(2, upsert(1, "late"), upsert(2, "late"), upsert(3, "late"));
            proxy.holdNextUpsert();
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.apply(late))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
            apply(writer, late);
            apply(writer, batch(3, upsert(1, "newer"), delete(2)));
            assertThat(bodies(reading)).isEqualTo(Map.of(1L, "newer", 3L, "late"));

            proxy.release();
            await("the late request is carried out").atMost(PATIENCE).untilAsserted(() -> assertThat(bodies(reading))
                    .isEqualTo(Map.of(1L, "late", 2L, "late", 3L, "late")));
            await("what was written since").atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                writer.maintain(false);
                assertThat(bodies(reading)).isEqualTo(Map.of(1L, "newer", 3L, "late"));
            });
        }
    }

    /** Again and again: three seconds are short on a machine that has other work. */
    private static void apply(TargetWriter writer, WriteBatch batch) {
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            writer.prepare(Rows.schema());
            writer.apply(batch);
            return true;
        });
    }

    private static Map<Long, String> bodies(ChromaTarget target) {
        Map<Long, String> bodies = new TreeMap<>();
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(stored -> bodies.put(
                    ((TargetKey.NumberId) stored.id()).value(),
                    ((Value.Text) stored.row().field("body").orElseThrow().value()).value()));
        }
        return bodies;
    }

    /** A proxy that keeps one write until it is told to deliver it. */
    private static final class Delaying implements AutoCloseable {
        private final HttpServer proxy;
        private final HttpClient client = HttpClient.newHttpClient();
        private final String server;
        private final AtomicInteger toHold = new AtomicInteger();
        private final CountDownLatch released = new CountDownLatch(1);

        Delaying(String server) throws IOException {
            this.server = server;
            this.proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            proxy.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            proxy.createContext("/", this::pass);
            proxy.start();
        }

        String url() {
            return "http://127.0.0.1:" + proxy.getAddress().getPort();
        }

        void holdNextUpsert() {
            toHold.set(1);
        }

        void release() {
            released.countDown();
        }

        private void pass(HttpExchange exchange) throws IOException {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().toString();
            try {
                if (path.endsWith("/upsert") && toHold.getAndDecrement() > 0) {
                    released.await();
                }
                HttpRequest request = HttpRequest.newBuilder(URI.create(server + path))
                        .header("Content-Type", "application/json")
                        .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body))
                        .build();
                HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
                exchange.sendResponseHeaders(response.statusCode(), response.body().length);
                exchange.getResponseBody().write(response.body());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                exchange.close();
            }
        }

        @Override
        public void close() {
            release();
            proxy.stop(0);
            client.close();
        }
    }
}
