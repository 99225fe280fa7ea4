package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;

/** A pipeline file on a directory, the commands on it, and its status as another program sees it. */
public final class Pipeline {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CAUGHT_UP_TIMEOUT = Duration.ofMinutes(5);

    /** Verifies all the time, as fast as it can. */
    static final String EAGER =
            "verification: {continuous: {rowsPerSecond: 100000, share: 100, sweepEvery: 100ms}}%n".formatted();

    final Path directory;
    private final String source;
    private String firstTarget;
    private String moreTargets = "";

    public Pipeline(Path directory, PostgresServer server) {
        this(directory, """
                postgres:
                    url: %s
                    user: %s
                    tables:
                      - name: public.articles
                        vector: embedding""".formatted(server.url("postgres"), server.user()));
    }

    /** @param source the kind of source and its keys, indented by four below the first line */
    public Pipeline(Path directory, String source) {
        this(directory, source, "articles");
    }

    /** @param table in the LanceDB target; may hold {@code ${collection}} */
    public Pipeline(Path directory, String source, String table) {
        this.directory = directory;
        this.source = source;
        this.firstTarget = "  - name: lake%n    lancedb: {uri: ./lance, table: %s}%n".formatted(table);
        write("");
    }

    /** From now on beside the LanceDB table. */
    void addTarget(String yaml) {
        moreTargets = moreTargets + "  - " + yaml + System.lineSeparator();
    }

    /** From now on instead of the LanceDB table, which is the first target otherwise. */
    void setTarget(String yaml) {
        firstTarget = "  - " + yaml + System.lineSeparator();
    }

    /** Replaces the pipeline file; {@code more} is added at its end. */
    void write(String more) {
        try {
            Files.writeString(file(), """
                    pipeline: articles
                    source:
                      %s
                    targets:
                    %s%sdata.dir: ./ferry-data
                    control: {listen: "127.0.0.1:0"}
                    %s""".formatted(source, firstTarget, moreTargets, more));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path file() {
        return directory.resolve("pipeline.yaml");
    }

    LanceTable target() {
        return new LanceTable(directory.resolve("lance"), "articles");
    }

    public FerryProcess start(String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "-f";
        all[arguments.length + 1] = "pipeline.yaml";
        return FerryProcess.start(directory, all);
    }

    public FerryProcess.Ended run(Duration timeout, String... arguments) {
        try (FerryProcess ferry = start(arguments)) {
            return ferry.awaitEnd(timeout);
        }
    }

    /** Replicates what is committed now, to the end, in a process that ends by itself. */
    void catchUp() {
        FerryProcess.Ended ended = run(CAUGHT_UP_TIMEOUT, "run", "--until", "caught-up");
        assertThat(ended.exitCode()).as(ended.output()).isZero();
    }

    /** The report on the first target, which must have passed. */
    JsonNode verify(String... options) {
        String[] all = new String[options.length + 2];
        all[0] = "verify";
        all[1] = "--json";
        System.arraycopy(options, 0, all, 2, options.length);
        FerryProcess.Ended ended = run(CAUGHT_UP_TIMEOUT, all);
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.json();
    }

    public Optional<JsonNode> status() {
        return rest("status");
    }

    /** What the control plane answers; empty while it does not. */
    Optional<JsonNode> rest(String path) {
        return rest(path, true);
    }

    /** As any user of the machine reads it, without the token. */
    Optional<JsonNode> restForAnyone(String path) {
        return rest(path, false);
    }

    private Optional<JsonNode> rest(String path, boolean asOwner) {
        try {
            Optional<String> answer = get("/api/v1/pipelines/articles/" + path, asOwner);
            return answer.isPresent() ? Optional.of(JSON.readTree(answer.get())) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What the verification beside the running pipeline says of the first target. */
    JsonNode verification() {
        return status().map(status -> status.at("/targets/0/verification")).orElseGet(MissingNode::getInstance);
    }

    /** The kinds by the ids. */
    Map<String, String> differences() {
        JsonNode found = verification();
        Map<String, String> differences = new TreeMap<>();
        for (JsonNode example : found.path("examples")) {
            differences.put(example.path("id").asText(), example.path("kind").asText());
        }
        assertThat(found.path("differences").asInt()).isEqualTo(differences.size());
        return differences;
    }

    void awaitDifferences(Map<String, String> expected) {
        Awaitility.await("what the verification beside the pipeline has found")
                .atMost(CAUGHT_UP_TIMEOUT)
                .untilAsserted(() -> assertThat(differences()).isEqualTo(expected));
    }

    /** Waits until a sweep of the verification beside the running pipeline ends, and none has found anything. */
    void awaitCleanSweep() {
        awaitCleanSweep(CAUGHT_UP_TIMEOUT);
    }

    void awaitCleanSweep(Duration atMost) {
        int sweeps = verification().path("sweepsCompleted").asInt() + 1;
        Awaitility.await("a whole sweep")
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> verification().path("sweepsCompleted").asInt() >= sweeps);
        assertThat(differences()).isEmpty();
        assertThat(verification().path("error").asText()).isEmpty();
    }

    /** As Prometheus reads them; empty text while there are none. */
    String metrics() {
        return get("/metrics", true).orElse("");
    }

    private Optional<String> get(String path, boolean asOwner) {
        try {
            Path address = directory.resolve("ferry-data/control.address");
            if (!Files.exists(address)) {
                return Optional.empty();
            }
            String at = Files.readString(address).strip();
            Path token = directory.resolve("ferry-data/control.token");
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + at + path))
                    .header(
                            "Authorization",
                            "Bearer " + (asOwner && Files.exists(token) ? Files.readString(token) : ""))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                return response.statusCode() == 200 ? Optional.of(response.body()) : Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Waits until the running process says that the snapshot is complete and the target is less than {@code lagSeconds} behind. */
    public void awaitStreaming(double lagSeconds) {
        Awaitility.await("streaming with little lag")
                .atMost(CAUGHT_UP_TIMEOUT)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> status().filter(
                                status -> status.at("/snapshot/complete").asBoolean()
                                        && status.at("/targets/0/lagSeconds").isNumber()
                                        && status.at("/targets/0/lagSeconds").asDouble() < lagSeconds)
                        .isPresent());
    }

    /** Waits until the running process has read its table again, in that generation, and the first target has all that is committed now. */
    void awaitReadAgain(int generation) {
        Awaitility.await("generation " + generation).atMost(CAUGHT_UP_TIMEOUT).until(() -> Files.readString(
                        directory.resolve("ferry-data/ferry.log"))
                .contains("is read again, in generation %d".formatted(generation)));
        // The last observation may be older than that line; one with a younger barrier is not.
        long begun = System.nanoTime();
        Awaitility.await("the snapshot of generation " + generation)
                .atMost(CAUGHT_UP_TIMEOUT)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    double elapsed = (System.nanoTime() - begun) / 1e9;
                    return status().filter(status -> status.at("/snapshot/complete")
                                            .asBoolean()
                                    && status.at("/targets/0/lagSeconds").isNumber()
                                    && status.at("/targets/0/lagSeconds").asDouble() < elapsed)
                            .isPresent();
                });
        awaitWritten();
    }

    /** Waits until the first target of the running process has all that is committed now. */
    void awaitWritten() {
        long committed = System.nanoTime();
        Awaitility.await("a barrier behind what is committed")
                .atMost(CAUGHT_UP_TIMEOUT)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    double elapsed = (System.nanoTime() - committed) / 1e9;
                    return status().map(status -> status.at("/targets/0/lagSeconds"))
                            .filter(lag -> lag.isNumber() && lag.asDouble() < elapsed)
                            .isPresent();
                });
    }

    /** The target holds exactly the source's rows: no id more or less, and of each every value and every bit. */
    void assertTargetEqualsSource(SourceTable source) {
        Map<String, String> expected = source.digests();
        Map<String, String> actual = target().digests(SourceTable.COLUMNS);
        // Only what differs, since a list of all rows shows nothing.
        assertThat(without(expected.keySet(), actual.keySet()))
                .as("missing from the target")
                .isEmpty();
        assertThat(without(actual.keySet(), expected.keySet()))
                .as("in the target alone")
                .isEmpty();
        assertThat(without(actual.entrySet(), expected.entrySet()))
                .as("rows that differ")
                .isEmpty();
    }

    private static <T> Set<T> without(Set<T> all, Set<T> known) {
        Set<T> rest = new HashSet<>(all);
        rest.removeAll(known);
        return rest;
    }
}
