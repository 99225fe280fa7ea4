package io.vectorferry.app;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.stream.StreamStage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks the running stream processors, each for the partitions that it has. */
final class IdLookups {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** A row that is in the target. */
    record Found(SourceKey source, TargetKey target) {}

    private final List<String> addresses;
    private final ServerConfig config;
    private final int partitions;

    /** @param view refreshed */
    IdLookups(ControlView view, ServerConfig config, int partitions) {
        this.config = config;
        this.addresses = view.withPrefix(StreamStage.LOOKUPS_AT).values().stream()
                .map(control -> control.getStreamProgress().getInstance())
                .toList();
        this.partitions = partitions;
    }

    Optional<Found> byKey(SourceKey key) throws InterruptedException {
        return ask("key=" + encoded(Codecs.SOURCE_KEY.encode(key)));
    }

    Optional<Found> byId(TargetKey.Id id) throws InterruptedException {
        return ask("id=" + encoded(Codecs.TARGET_KEY.encode(new TargetKey("", id))));
    }

    /** @throws FerryException of kind RETRYABLE when nobody answers for some partition: the row may be there */
    private Optional<Found> ask(String query) throws InterruptedException {
        Set<String> answered = new HashSet<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String address : addresses) {
                List<String> lines = answer(client, address, query);
                if (lines.size() > 1) {
                    return Optional.of(decoded(lines.get(1)));
                }
                lines.stream()
                        .flatMap(line -> List.of(line.split(",")).stream())
                        .filter(partition -> !partition.isEmpty())
                        .forEach(answered::add);
            }
        }
        if (answered.size() < partitions) {
            throw new FerryException(
                    FerryException.Kind.RETRYABLE,
                    io.vectorferry.contracts.message.ErrorType.CONNECTION,
                    "only %d of %d partitions of the stream processor answer".formatted(answered.size(), partitions),
                    "Start it with `ferry run` or `ferry stream`, let those on other machines listen for others (`control.lookup.listen`), or ask again in a moment; `ferry ids export` needs no stream processor.",
                    null);
        }
        return Optional.empty();
    }

    /** Empty when nobody is there, or is not ready. */
    private List<String> answer(HttpClient client, String address, String query) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://%s/ids?%s".formatted(address, query)))
                .timeout(TIMEOUT);
        config.authorization().ifPresent(bearer -> request.header("Authorization", bearer));
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
}
