package io.vectorferry.app.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.control.ControlStage;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The REST interface of the control plane that runs on the data directory of a pipeline. */
public final class ControlClient {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);

    /** An event waits for Kafka. */
    private static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(30);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PipelineConfig config;

    public ControlClient(PipelineConfig config) {
        this.config = config;
    }

    /** The answer of the control plane. */
    public record Response(int code, JsonNode body) {}

    /** Returns the document; empty if no control plane answers, or not with a document. */
    public Optional<JsonNode> get(String path) throws InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    answer(client, request(path, READ_TIMEOUT).GET().build(), READ_TIMEOUT);
            return response.statusCode() == 200 ? Optional.of(JSON.readTree(response.body())) : Optional.empty();
        } catch (IOException | ExecutionException e) {
            return Optional.empty();
        }
    }

    /**
     * Requests a change on behalf of the user of this process. Returns the answer; empty if no control plane runs.
     *
     * @throws FerryException when one runs and gives no answer: it may have made the change
     */
    public Optional<Response> post(String path, JsonNode body) throws InterruptedException {
        HttpRequest request;
        try {
            request = request(path, CHANGE_TIMEOUT)
                    .header("X-Ferry-User", System.getProperty("user.name", ""))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                    .build();
        } catch (IOException e) {
            return Optional.empty(); // no address: none runs here
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = answer(client, request, CHANGE_TIMEOUT);
            return Optional.of(new Response(response.statusCode(), JSON.readTree(response.body())));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConnectException) {
                return Optional.empty();
            }
            throw unanswered(e);
        } catch (IOException e) {
            throw unanswered(e);
        }
    }

    private static FerryException unanswered(Exception e) {
        return FerryException.misconfigured(
                "the control plane did not answer: " + e.getMessage(),
                "`ferry history` shows whether it made the change; then repeat the command.",
                e);
    }

    private HttpRequest.Builder request(String path, Duration timeout) throws IOException {
        String at = Files.readString(config.dataDir().resolve(ControlStage.ADDRESS_FILE))
                .strip();
        Optional<String> set = config.control().server().token();
        String token = set.isPresent()
                ? set.get()
                : Files.readString(config.dataDir().resolve(ControlStage.TOKEN_FILE))
                        .strip();
        return HttpRequest.newBuilder(
                        URI.create("http://%s/api/v1/pipelines/%s%s".formatted(at, config.pipeline(), path)))
                .timeout(timeout)
                .header("Authorization", ServerConfig.bearer(token));
    }

    /** The limit holds for the whole answer; the request's own ends with the headers. */
    private static HttpResponse<String> answer(HttpClient client, HttpRequest request, Duration timeout)
            throws InterruptedException, ExecutionException {
        try {
            return client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .orTimeout(timeout.toSeconds(), TimeUnit.SECONDS)
                    .get();
        } finally {
            client.shutdownNow(); // close would wait for an answer that was given up
        }
    }
}
