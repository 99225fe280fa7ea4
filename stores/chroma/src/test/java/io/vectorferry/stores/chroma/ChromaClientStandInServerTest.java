package io.vectorferry.stores.chroma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stand-in for Chroma, which answers a read with "500 … Error finding id" while a row is deleted: rarely, and not when a test asks for it. */
public class ChromaClientStandInServerTest {
    private static final byte[] ERROR =
            "{\"error\":\"InternalError\",\"message\":\"Error finding id\"}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] VERSION = "\"1.0.0\"".getBytes(StandardCharsets.UTF_8);

    private static final String COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections";

    private static final ChromaCollection ARTS = new ChromaCollection("arts", "id-arts", 2, "l2", Map.of());

    private final List<String> collections = new CopyOnWriteArrayList<>();
    private final AtomicInteger dropsAfterAPage = new AtomicInteger();
    private final AtomicInteger errors = new AtomicInteger();
    private final AtomicInteger hangUps = new AtomicInteger();
    private final Queue<Integer> statusesOfACollection = new ConcurrentLinkedQueue<>();
    private volatile String instead = "";
    private final AtomicInteger statusOfTheList = new AtomicInteger(200);
    private HttpServer server;

    @BeforeEach
    public void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(COLLECTIONS, exchange -> {
            boolean isList = exchange.getRequestURI().getPath().equals(COLLECTIONS);
            @Nullable Integer status = isList ? Integer.valueOf(statusOfTheList.get()) : statusesOfACollection.poll();
            byte[] answer = !instead.isEmpty()
                    ? instead.getBytes(StandardCharsets.UTF_8)
                    : isList ? listed(exchange.getRequestURI().getQuery()) : ERROR;
            exchange.sendResponseHeaders(status == null ? 404 : status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.createContext("/", exchange -> {
            if (hangUps.getAndDecrement() > 0) {
                exchange.close();
                return;
            }
            boolean fails = errors.getAndDecrement() > 0;
            byte[] answer = fails ? ERROR : VERSION;
            exchange.sendResponseHeaders(fails ? 500 : 200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    public void stop() {
        server.stop(0);
    }

    @Test
    void aReadThatFailsTwiceIsAskedAgain() {
        errors.set(2);
        try (ChromaClient client = client()) {
            assertThat(client.version()).isEqualTo("1.0.0");
        }
    }

    @Test
    void aReadWhoseConnectionIsClosedWithoutAnAnswerIsAskedAgain() {
        hangUps.set(2);
        try (ChromaClient client = client()) {
            assertThat(client.version()).isEqualTo("1.0.0");
        }
    }

    @Test
    void aServerThatGoesOnFailingIsToldAsItSaysIt() {
        errors.set(Integer.MAX_VALUE);
        try (ChromaClient client = client()) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(client::version)
                    .withMessageContaining("answered 500")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
        }
    }

    /** 412 is what Chroma 1.5.9 answers of a collection that is dropped while it is looked up. */
    @ParameterizedTest
    @ValueSource(ints = {408, 409, 412, 500})
    void aCollectionOfWhichTheServerAnswersThatItIsGoneAfterAnotherAnswerIsGone(int first) {
        statusesOfACollection.addAll(List.of(first, 404));
        try (ChromaClient client = client()) {
            assertThatExceptionOfType(CollectionGoneException.class).isThrownBy(() -> client.ids(ARTS));
        }
    }

    @Test
    void aServerThatStopsTakingARequestIsAskedAgainLater() {
        statusesOfACollection.add(400);
        try (ChromaClient client = client()) {
            assertRetryable(() -> client.ids(ARTS), "answered 400");
        }
    }

    @Test
    void aWriteIsSentOnceAndItsStatusSaysWhetherItsRecordsAreToBlame() {
        Map<Integer, FerryException.Kind> kinds = Map.of(
                400, FerryException.Kind.REJECTED_RECORD,
                413, FerryException.Kind.REJECTED_RECORD,
                422, FerryException.Kind.REJECTED_RECORD,
                401, FerryException.Kind.MISCONFIGURED,
                429, FerryException.Kind.RETRYABLE,
                500, FerryException.Kind.RETRYABLE);
        try (ChromaClient client = client()) {
            kinds.forEach((status, kind) -> {
                statusesOfACollection.add(status);
                assertThatExceptionOfType(FerryException.class)
                        .isThrownBy(() -> client.upsert(ARTS, new byte[0]))
                        .satisfies(e -> assertThat(e.kind()).as("%d", status).isEqualTo(kind));
                assertThat(statusesOfACollection).isEmpty();
            });
            statusesOfACollection.add(404);
            assertThatExceptionOfType(CollectionGoneException.class)
                    .isThrownBy(() -> client.delete(ARTS, List.of("a")));
        }
    }

    @Test
    void aGatewayWithoutItsServerIsNoServerWithoutTheApi() {
        try (ChromaClient client = client()) {
            statusOfTheList.set(404);
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(client::collections)
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED));
            statusOfTheList.set(200);
            assertThat(client.collections()).isEmpty();
            statusOfTheList.set(404);
            assertRetryable(client::collections, "answered 404");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"status\": \"maintenance\"}", "[\"maintenance\"]", " ", "<html>", "null"})
    void anAnswerThatIsNotChromasIsNoEmptyDatabase(String answer) {
        instead = answer;
        statusesOfACollection.addAll(List.of(200, 200));
        try (ChromaClient client = client()) {
            assertRetryable(client::collections, "cannot be read");
            assertRetryable(() -> client.collection("arts"), "cannot be read");
            assertRetryable(() -> client.count(ARTS), "cannot be read");
        }
    }

    @Test
    void aReadWhoseConnectionIsResetIsAskedAgain() throws IOException {
        try (ServerSocket resetting = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
                ChromaClient client = client(resetting.getLocalPort())) {
            AtomicInteger connections = new AtomicInteger();
            Thread.ofPlatform().daemon().start(() -> {
                while (!resetting.isClosed()) {
                    try (Socket socket = resetting.accept()) {
                        int first = socket.getInputStream().read();
                        if (first < 0) {
                            continue;
                        }
                        if (connections.incrementAndGet() <= 2) {
                            socket.setSoLinger(true, 0);
                        } else {
                            socket.getOutputStream()
                                    .write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\"1.0.0\""
                                            .getBytes(StandardCharsets.UTF_8));
                            int unused = socket.getInputStream().readNBytes(10_000).length;
                        }
                    } catch (IOException e) {
                        // the client went, or the test is over
                    }
                }
            });
            assertThat(client.version()).isEqualTo("1.0.0");
            assertThat(connections).hasValue(3);
        }
    }

    private static void assertRetryable(ThrowingCallable reads, String message) {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(reads)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
    }

    /** As 250 are on a server, and more than one request of ours lists. */
    @ParameterizedTest
    @ValueSource(ints = {250, 2_500})
    void aCollectionThatIsDroppedWhileTheyAreListedHidesNoOther(int many) {
        for (int i = 0; i < many; i++) {
            collections.add("c" + i);
        }
        dropsAfterAPage.set(3);
        Set<String> stay = new HashSet<>(collections.subList(3, many));
        try (ChromaClient client = client()) {
            assertThat(client.collections().stream().map(ChromaCollection::name))
                    .containsAll(stay);
        }
    }

    /** A page in the order of their creation; the oldest of all is dropped behind it. */
    private byte[] listed(String query) {
        Matcher asked = Pattern.compile("limit=(\\d+)&offset=(\\d+)").matcher(query);
        assertThat(asked.matches()).isTrue();
        int from = Math.min(Integer.parseInt(asked.group(2)), collections.size());
        int to = Math.min(from + Integer.parseInt(asked.group(1)), collections.size());
        String page = collections.subList(from, to).stream()
                .map(name -> "{\"name\": \"%s\", \"id\": \"id-%s\"}".formatted(name, name))
                .collect(Collectors.joining(",", "[", "]"));
        if (dropsAfterAPage.getAndDecrement() > 0) {
            collections.removeFirst();
        }
        return page.getBytes(StandardCharsets.UTF_8);
    }

    private ChromaClient client() {
        return client(server.getAddress().getPort());
    }

    private static ChromaClient client(int port) {
        return new ChromaClient(new ChromaAddress(
                "source.chroma",
                "http://127.0.0.1:" + port,
                "default_tenant",
                "default_database",
                Optional.empty(),
                ChromaAddress.TokenHeader.AUTHORIZATION,
                Duration.ofSeconds(5)));
    }
}
