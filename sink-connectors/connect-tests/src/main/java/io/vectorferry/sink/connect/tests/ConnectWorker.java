package io.vectorferry.sink.connect.tests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.deploy.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * Kafka's own distributed worker as a process, with the plug-in from its archive on {@code plugin.path} and nothing of
 * ours on its class path. Its connectors live in Kafka and outlive the process.
 */
public final class ConnectWorker implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final List<String> NOT_KAFKA_CONNECT =
            List.of("/target/classes", "vectorferry", "org/lance", "org/apache/arrow", "protobuf", "milvus", "grpc");

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final URI rest;

    private ConnectWorker(Process process, URI rest) {
        this.process = process;
        this.rest = rest;
    }

    /** @param directory for the unpacked plug-in, the worker's settings and its log */
    public static ConnectWorker start(Path directory, String bootstrapServers) {
        try {
            Path plugins = Files.createDirectories(directory).resolve("plugins");
            if (!Files.exists(plugins)) {
                PluginArchive.standard().unpackInto(plugins);
            }
            int port = FreePort.any();
            Path settings = Files.writeString(
                    directory.resolve("worker.properties"), settings(plugins, bootstrapServers, port));
            ConnectWorker worker =
                    new ConnectWorker(process(directory, settings), URI.create("http://127.0.0.1:" + port));
            Awaitility.await().atMost(START).until(worker::isReady);
            return worker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String settings(Path plugins, String bootstrapServers, int port) {
        return """
                bootstrap.servers=%s
                group.id=workers
                plugin.path=%s
                plugin.discovery=service_load
                listeners=http://127.0.0.1:%d
                key.converter=org.apache.kafka.connect.json.JsonConverter
                value.converter=org.apache.kafka.connect.json.JsonConverter
                config.storage.topic=connect-configs
                offset.storage.topic=connect-offsets
                status.storage.topic=connect-status
                config.storage.replication.factor=1
                offset.storage.replication.factor=1
                status.storage.replication.factor=1
                offset.storage.partitions=1
                status.storage.partitions=1
                offset.flush.interval.ms=1000
                scheduled.rebalance.max.delay.ms=0
                session.timeout.ms=6000
                heartbeat.interval.ms=1000
                """.formatted(bootstrapServers, plugins, port);
    }

    private static Process process(Path directory, Path settings) throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(":"))
                .filter(entry -> NOT_KAFKA_CONNECT.stream().noneMatch(entry::contains))
                .collect(Collectors.joining(":"));
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx512m",
                        "-Djava.io.tmpdir=" + temporary,
                        "-Dlog4j2.level=WARN",
                        "-cp",
                        classPath,
                        "org.apache.kafka.connect.cli.ConnectDistributed",
                        settings.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("worker.log").toFile()))
                .start();
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the worker ended with " + process.exitValue());
        }
        try {
            return send("GET", "/connectors", "").statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Creates or changes a connector; returns once all its tasks run. */
    public void run(String name, Map<String, String> settings) {
        Awaitility.await().atMost(START).until(() -> put(name, settings).statusCode() / 100 == 2);
        Awaitility.await().atMost(START).until(() -> isRunning(name));
    }

    /** Creates or changes a connector, whatever becomes of its tasks. */
    public HttpResponse<String> put(String name, Map<String, String> settings) {
        return send("PUT", "/connectors/%s/config".formatted(name), text(settings));
    }

    /** Returns the worker's response to settings that it refuses. */
    public String refusal(String name, Map<String, String> settings) {
        HttpResponse<String> response = put(name, settings);
        if (response.statusCode() / 100 == 2) {
            throw new AssertionError("the settings were accepted");
        }
        return response.body();
    }

    private boolean isRunning(String name) {
        JsonNode status = status(name);
        return status.path("connector").path("state").asText().equals("RUNNING")
                && !status.path("tasks").isEmpty()
                && status.path("tasks")
                        .valueStream()
                        .allMatch(task -> task.path("state").asText().equals("RUNNING"));
    }

    public JsonNode status(String name) {
        return parsed(send("GET", "/connectors/%s/status".formatted(name), "").body());
    }

    /** The workers of the cluster that have tasks of it now. */
    public Set<String> workersOf(String name) {
        return status(name)
                .path("tasks")
                .valueStream()
                .filter(task -> task.path("state").asText().equals("RUNNING"))
                .map(task -> task.path("worker_id").asText())
                .collect(Collectors.toSet());
    }

    /** The trace of its first task that failed, empty when none did. */
    public String failure(String name) {
        return status(name)
                .path("tasks")
                .valueStream()
                .filter(task -> task.path("state").asText().equals("FAILED"))
                .map(task -> task.path("trace").asText())
                .findFirst()
                .orElse("");
    }

    public void delete(String name) {
        send("DELETE", "/connectors/" + name, "");
    }

    public JsonNode plugins() {
        return parsed(send("GET", "/connector-plugins", "").body());
    }

    private HttpResponse<String> send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(rest.resolve(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private JsonNode parsed(String text) {
        try {
            return json.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text(Map<String, String> settings) {
        try {
            return json.writeValueAsString(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the worker, like {@code kill -9}. */
    public void kill() {
        process.destroyForcibly();
        await(Duration.ofSeconds(10));
    }

    private void await(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        process.destroy();
        await(Duration.ofSeconds(30));
        http.close();
    }
}
