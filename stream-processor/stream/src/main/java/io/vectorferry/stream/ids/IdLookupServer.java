package io.vectorferry.stream.ids;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.stream.state.RowState;
import io.vectorferry.stream.state.StateStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Answers {@code POST /ids}, each line of which is {@code key=…} (an encoded source key) or {@code id=…} (an encoded
 * target key), both in URL-safe Base64. The first line of a response has the partitions that it covers; the source key
 * and the target key of every row that was found follow, one line each. 503: the state is being restored, retry.
 */
public final class IdLookupServer implements AutoCloseable {
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder();
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int UNAVAILABLE = 503;

    /** Maximum of a request. */
    private static final int MAX_QUERIES = 1_000;

    private static final int MAX_REQUEST_BYTES = 8 << 20;

    private final HttpServer server;
    private final ExecutorService handlers = Executors.newFixedThreadPool(2); // RocksDB would pin a virtual thread
    private final ServerConfig config;
    private final Lookup lookup;

    /** Point look-ups in the state of the partitions that this process has; never a scan. Only rows in the target are found. Thread-safe. */
    private record Lookup(KafkaStreams streams, IdRule rule) {

        /** A row that is in the target. */
        record Found(SourceKey source, TargetKey target) {}

        /** The partitions that this process answers for. */
        List<Integer> partitions() {
            return streams.metadataForLocalThreads().stream()
                    .flatMap(thread -> thread.activeTasks().stream())
                    .map(task -> task.taskId().partition())
                    .sorted()
                    .toList();
        }

        Optional<Found> byKey(SourceKey key) {
            Bytes bytes = IdStores.bytes(key);
            RowState row = this.<RowState>store(StateStores.ROWS).get(bytes);
            if (row == null || !row.inTarget()) {
                return Optional.empty();
            }
            return switch (rule.policy()) {
                case PRESERVE, UUID5 -> Optional.of(new Found(key, rule.of(key)));
                case ALLOCATE ->
                    Optional.ofNullable(this.<Long>store(IdStores.IDS).get(bytes))
                            .map(id -> new Found(key, new TargetKey(key.collection(), new TargetKey.NumberId(id))));
            };
        }

        /** Returns the key of an id, for policies whose ids do not contain the key. */
        Optional<Found> byId(TargetKey.Id id) {
            return switch (rule.policy()) {
                case PRESERVE -> throw new IllegalArgumentException("a preserved id is looked up by its key");
                case UUID5, ALLOCATE -> {
                    Bytes key = this.<Bytes>store(IdStores.KEYS_BY_ID).get(IdStores.bytes(id));
                    yield key == null ? Optional.empty() : byKey(Codecs.SOURCE_KEY.decode(key.get()));
                }
            };
        }

        private <V> ReadOnlyKeyValueStore<Bytes, V> store(String name) {
            return streams.store(
                    StoreQueryParameters.fromNameAndType(name, QueryableStoreTypes.<Bytes, V>keyValueStore()));
        }
    }

    /** @param config with a token, since the answers are keys of rows */
    public IdLookupServer(ServerConfig config, KafkaStreams streams, IdRule rule) {
        this.config = config;
        this.lookup = new Lookup(streams, rule);
        InetAddress host = config.address();
        if (host.isAnyLocalAddress()) {
            throw FerryException.misconfigured(
                    "%s %s is not an address that other machines can reach".formatted(config.key(), config.host()),
                    "Name the address by which other machines reach this one.");
        }
        try {
            server = HttpServer.create(new InetSocketAddress(host, config.port()), 0);
        } catch (IOException e) {
            throw FerryException.retryable("%s cannot be opened: %s".formatted(config.key(), e.getMessage()), e);
        }
        server.createContext("/ids", this::handle);
        server.setExecutor(handlers);
        server.start();
    }

    public String address() {
        return config.host() + ":" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int code = OK;
            String answer;
            try {
                String authorization = exchange.getRequestHeaders().getFirst("Authorization");
                if (config.isAuthorized(authorization)) {
                    answer = answer(exchange.getRequestBody().readNBytes(MAX_REQUEST_BYTES));
                } else {
                    code = UNAUTHORIZED;
                    answer = "this needs the header Authorization: Bearer <the token in the topic control>";
                }
            } catch (InvalidStateStoreException | IllegalStateException e) {
                code = UNAVAILABLE;
                answer = "the state is being restored";
            } catch (IllegalArgumentException e) {
                code = BAD_REQUEST;
                answer = "the request must have lines key=… and id=… of this pipeline, at most " + MAX_QUERIES;
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private String answer(byte[] request) {
        List<String> queries =
                new String(request, StandardCharsets.UTF_8).lines().toList();
        if (queries.size() > MAX_QUERIES) {
            throw new IllegalArgumentException("too many queries");
        }
        StringBuilder answer = new StringBuilder(
                lookup.partitions().stream().map(String::valueOf).collect(Collectors.joining(",")));
        answer.append('\n');
        queries.forEach(query -> found(query).map(IdLookupServer::line).ifPresent(answer::append));
        return answer.toString();
    }

    private Optional<Lookup.Found> found(String query) {
        int equals = query.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("no query");
        }
        byte[] value = Base64.getUrlDecoder().decode(query.substring(equals + 1));
        return switch (query.substring(0, equals)) {
            case "key" -> lookup.byKey(Codecs.SOURCE_KEY.decode(value));
            case "id" -> lookup.byId(Codecs.TARGET_KEY.decode(value).id());
            default -> throw new IllegalArgumentException("an unknown query");
        };
    }

    private static String line(Lookup.Found found) {
        return ENCODER.encodeToString(Codecs.SOURCE_KEY.encode(found.source())) + " "
                + ENCODER.encodeToString(Codecs.TARGET_KEY.encode(found.target())) + "\n";
    }

    @Override
    public void close() {
        server.stop(0);
        handlers.shutdownNow();
    }
}
