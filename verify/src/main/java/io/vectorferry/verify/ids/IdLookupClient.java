package io.vectorferry.verify.ids;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.IdLookupAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks the running stream processors, each for the partitions that it has. For one thread. */
public final class IdLookupClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Limit of one request. */
    private static final int MAX_QUERIES = 500;

    /** A row that is in the target. */
    public record Found(SourceKey source, TargetKey target) {}

    private final ControlView view;
    private final int partitions;
    private final HttpClient client = HttpClient.newHttpClient();

    /** @param view of that thread; it says where they are */
    public IdLookupClient(ControlView view, int partitions) {
        this.view = view;
        this.partitions = partitions;
    }

    public Optional<Found> byKey(SourceKey key) throws InterruptedException {
        return byKeys(List.of(key)).stream().findFirst();
    }

    public Optional<Found> byId(TargetKey.Id id) throws InterruptedException {
        return byIds(List.of(id)).stream().findFirst();
    }

    /** Returns the ids of these keys, except those that are not in the target. */
    public List<Found> byKeys(Collection<SourceKey> keys) throws InterruptedException {
        return all(keys.stream()
                .map(key -> "key=" + encoded(Codecs.SOURCE_KEY.encode(key)))
                .toList());
    }

    /** Returns the keys of these ids, except those that no row in the target has. */
    public List<Found> byIds(Collection<TargetKey.Id> ids) throws InterruptedException {
        return all(ids.stream()
                .map(id -> "id=" + encoded(Codecs.TARGET_KEY.encode(new TargetKey("", id))))
                .toList());
    }

    private List<Found> all(List<String> queries) throws InterruptedException {
        List<Found> found = new ArrayList<>();
        for (int from = 0; from < queries.size(); from += MAX_QUERIES) {
            found.addAll(ask(queries.subList(from, Math.min(queries.size(), from + MAX_QUERIES))));
        }
        return found;
    }

    /** @throws FerryException of kind RETRYABLE when nobody answers for some partition: the row may be there */
    private List<Found> ask(List<String> queries) throws InterruptedException {
        view.refresh();
        Set<String> answered = new HashSet<>();
        Set<Found> found = new HashSet<>(); // a partition that moves may be answered for twice
        for (Control at : view.withPrefix(ControlKey.ID_LOOKUPS).values()) {
            List<String> lines = answer(at.getIdLookup(), String.join("\n", queries));
            lines.stream().skip(1).map(IdLookupClient::decoded).forEach(found::add);
            if (found.size() == queries.size()) {
                return List.copyOf(found);
            }
            lines.stream()
                    .limit(1)
                    .flatMap(line -> Stream.of(line.split(",")))
                    .filter(partition -> !partition.isEmpty())
                    .forEach(answered::add);
        }
        if (answered.size() < partitions) {
            throw new FerryException(
                    FerryException.Kind.RETRYABLE,
                    ErrorType.CONNECTION,
                    "only %d of %d partitions of the stream processor responded".formatted(answered.size(), partitions),
                    "Start it with `ferry run` or `ferry stream`. If it runs on other machines, set `control.lookup.listen` there. Otherwise retry in a moment. `ferry ids export` works without a stream processor.",
                    null);
        }
        return List.copyOf(found);
    }

    /**
     * Empty when nobody is there, or is not ready. A process of an earlier build that has no token of its own is not asked: it would
     * take control.token, and after a kill anybody may have its address.
     */
    private List<String> answer(IdLookupAddress at, String queries) throws InterruptedException {
        if (at.getToken().isEmpty()) {
            return List.of();
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://%s/ids".formatted(at.getAddress())))
                .POST(HttpRequest.BodyPublishers.ofString(queries))
                .header("Authorization", ServerConfig.bearer(at.getToken()))
                .timeout(TIMEOUT);
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? response.body().lines().toList() : List.of();
        } catch (IOException e) {
            return List.of(); // killed without a word
        }
    }

    private static Found decoded(String line) {
        int space = line.indexOf(' ');
        Base64.Decoder decoder = Base64.getUrlDecoder();
        return new Found(
                Codecs.SOURCE_KEY.decode(decoder.decode(line.substring(0, space))),
                Codecs.TARGET_KEY.decode(decoder.decode(line.substring(space + 1))));
    }

    private static String encoded(byte @Nullable [] bytes) {
        return Base64.getUrlEncoder().encodeToString(Objects.requireNonNull(bytes, "a key has bytes"));
    }

    @Override
    public void close() {
        client.close();
    }
}
