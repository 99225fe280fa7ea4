package io.vectorferry.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.config.ServerConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.control.flags.Flags;
import io.vectorferry.control.lifecycle.Controller;
import io.vectorferry.control.lifecycle.Decisions.Observation;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.ShadowFigures;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The routing as applications get it: over REST, and by the providers of OpenFeature's own SDK. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoutingOverHttpTest {
    private static final String BASE = "/api/v1/pipelines/articles";
    private static final String TOKEN = "secret";
    private static final int KEYS = 200;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private EmbeddedBroker broker;
    private ControlView view;
    private Controller controller;
    private ControlServer server;

    @BeforeAll
    void serve(@TempDir Path directory) {
        broker = EmbeddedBroker.start(directory);
        KafkaConnection kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
        Topics topics = Topics.of("articles", 1);
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(List.of(topics.control()));
        }
        view = new ControlView(kafka, topics.control());
        List<String> targets = List.of("lake", "milvus");
        controller = Controller.take(kafka, topics.control(), view, targets, "test", Clock.systemUTC());
        var unused =
                controller.observe(new Observation(true, true, "", "", "", true, Optional.empty(), Double.NaN, 0, 0));
        List<ControlServer.Route> routes = new ArrayList<>(
                new LifecycleRoutes("articles", controller, new ShadowFigures(Duration.ofSeconds(60), System::nanoTime))
                        .all());
        routes.addAll(new FlagRoutes("articles", new Flags("articles", targets, () -> controller
                        .routing()
                        .current()))
                .all());
        server = new ControlServer(new ServerConfig("control.listen", "127.0.0.1", 0, Optional.of(TOKEN)), routes);
    }

    @AfterAll
    void stop() {
        server.close();
        controller.close();
        view.close();
        broker.close();
        client.close();
    }

    @BeforeEach
    void returnReads() throws Exception {
        assertThat(change("/routing", "{\"abort\":true,\"unpin\":[\"user-42\",\"user-43\"]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + server.address() + path))
                .timeout(Duration.ofSeconds(90));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> change(String path, String body) throws IOException, InterruptedException {
        return send(request(BASE + path)
                .header("Authorization", "Bearer " + TOKEN)
                .header("X-Ferry-User", "ada")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> evaluate(String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                request("/ofrep/v1/evaluate/flags" + path).POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    @Test
    void everyChangeNeedsTheTokenAndNoReadingDoes() throws Exception {
        for (String path : List.of("/pause", "/resume", "/cancel", "/complete", "/routing", "/shadow")) {
            assertThat(send(request(BASE + path).POST(HttpRequest.BodyPublishers.ofString("{}")))
                            .statusCode())
                    .as(path)
                    .isEqualTo(401);
        }
        assertThat(send(request(BASE + "/routing")).statusCode()).isEqualTo(200);
        assertThat(send(request(BASE + "/flagd.json")).statusCode()).isEqualTo(200);
        assertThat(evaluate("", "{\"context\":{\"targetingKey\":\"a\"}}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aRequestThatIsTooLargeOrNotUnderstoodIsRefused() throws Exception {
        assertThat(change("/routing", "x".repeat(2_000_000)).statusCode()).isEqualTo(413);
        assertThat(change("/routing", "[]").statusCode()).isEqualTo(400);
        assertThat(change("/routing", "{\"sett\":5}").body()).contains("sett is not known");
        assertThat(change("/routing", "{\"set\":101}").statusCode()).isEqualTo(400);
        assertThat(change("/complete", "").statusCode()).isEqualTo(409);
        assertThat(change("/complete", "").body()).contains("only one whose writes are switched", "ferry cancel");
    }

    @Test
    void aPersonPausesAndResumesByName() throws Exception {
        assertThat(change("/pause", "{\"why\":\"maintenance\"}").body())
                .contains("\"paused\":true", "\"changed\":true");
        assertThat(change("/pause", "").body()).contains("\"changed\":false");
        assertThat(change("/resume", "").body()).contains("\"paused\":false");
        view.refresh();
        var history = Life.history(view);
        assertThat(history.get(history.size() - 2).getWho()).isEqualTo("ada");
        assertThat(history.get(history.size() - 2).getWhy()).isEqualTo("maintenance");
    }

    @Test
    void aLongPollAnswersWhenTheRoutingChangesAndBlocksNobody() throws Exception {
        String tag =
                send(request(BASE + "/routing")).headers().firstValue("ETag").orElseThrow();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(client.sendAsync(
                    request(BASE + "/routing?wait=60s")
                            .header("If-None-Match", tag)
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        for (int i = 0; i < 10; i++) {
            assertThat(evaluate("/articles.writes", "{\"context\":{}}").statusCode())
                    .isEqualTo(200);
        }
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        long changed = System.nanoTime();
        assertThat(change("/routing", "{\"set\":5}").statusCode()).isEqualTo(200);
        for (CompletableFuture<HttpResponse<String>> one : waiting) {
            assertThat(one.get().statusCode()).isEqualTo(200);
            assertThat(JSON.readTree(one.get().body()).at("/reads/lake").asInt())
                    .isEqualTo(5);
        }
        System.out.printf(
                "a change reached 100 waiting clients within %d ms%n",
                Duration.ofNanos(System.nanoTime() - changed).toMillis());
    }

    @Test
    void aLongPollWithoutAChangeEndsUnmodified() throws Exception {
        String tag =
                send(request(BASE + "/routing")).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> unchanged =
                send(request(BASE + "/routing?wait=0.2s").header("If-None-Match", tag));
        assertThat(unchanged.statusCode()).isEqualTo(304);
        assertThat(unchanged.headers().firstValue("ETag")).contains(tag);
        assertThat(send(request(BASE + "/routing?wait=50s").header("If-None-Match", "\"0\""))
                        .statusCode())
                .as("it has another version, and is answered at once")
                .isEqualTo(200);
    }

    @Test
    void flagsAreEvaluatedAsTheProtocolSays() throws Exception {
        assertThat(change("/routing", "{\"set\":5,\"pin\":{\"user-42\":\"lake\"}}")
                        .statusCode())
                .isEqualTo(200);
        long version = controller.routing().current().version();
        HttpResponse<String> pinned =
                evaluate("/articles.reads", "{\"context\":{\"targetingKey\":\"user-42\",\"plan\":\"free\"}}");
        assertThat(pinned.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(pinned.body()))
                .isEqualTo(JSON.readTree(
                        "{\"key\":\"articles.reads\",\"value\":\"lake\",\"reason\":\"TARGETING_MATCH\",\"variant\":\"lake\",\"metadata\":{\"version\":%d}}"
                                .formatted(version)));
        JsonNode split = JSON.readTree(evaluate("/articles.use-lake", "{\"context\":{\"targetingKey\":\"user-1\"}}")
                .body());
        assertThat(split.at("/reason").asText()).isEqualTo("SPLIT");
        assertThat(split.at("/value").asBoolean()).isEqualTo(Routing.bucket("user-1") < 500);
        assertThat(JSON.readTree(evaluate("/articles.use-milvus", "{\"context\":{\"targetingKey\":\"user-42\"}}")
                                .body())
                        .at("/variant")
                        .asText())
                .isEqualTo("off");

        HttpResponse<String> unknown = evaluate("/articles.other", "{\"context\":{\"targetingKey\":\"a\"}}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(JSON.readTree(unknown.body()).at("/errorCode").asText()).isEqualTo("FLAG_NOT_FOUND");
        HttpResponse<String> nobody = evaluate("/articles.reads", "{\"context\":{}}");
        assertThat(nobody.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(nobody.body()).at("/errorCode").asText()).isEqualTo("TARGETING_KEY_MISSING");
        assertThat(evaluate("/articles.reads", "{").body()).contains("PARSE_ERROR", "\"key\":\"articles.reads\"");
        assertThat(evaluate("/articles.reads", "{}").body()).contains("INVALID_CONTEXT");
        assertThat(evaluate("/articles.writes", "{\"context\":{}}").body()).contains("\"value\":\"source\"", "STATIC");
    }

    @Test
    void theBulkHasATagThatEndsWithAnyChange() throws Exception {
        String body = "{\"context\":{\"targetingKey\":\"user-7\"}}";
        HttpResponse<String> all = evaluate("", body);
        JsonNode flags = JSON.readTree(all.body()).at("/flags");
        assertThat(flags.findValuesAsText("key"))
                .containsExactly("articles.reads", "articles.writes", "articles.use-lake", "articles.use-milvus");
        String tag = all.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> same = evaluate("", body, "If-None-Match", tag);
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(change("/routing", "{\"set\":100}").statusCode()).isEqualTo(200);
        assertThat(evaluate("", body, "If-None-Match", tag).statusCode()).isEqualTo(200);
        assertThat(evaluate("", "{\"context\":{}}").body()).contains("TARGETING_KEY_MISSING");
    }

    @Test
    void theProvidersOfTheSdkDecideAsTheRoutingDoes() throws Exception {
        assertThat(change("/routing", "{\"set\":25,\"pin\":{\"user-42\":\"lake\",\"user-43\":\"source\"}}")
                        .statusCode())
                .isEqualTo(200);
        String printed = openFeature().run("""
            import json, sys, urllib.request
            from openfeature import api
            from openfeature.evaluation_context import EvaluationContext
            from openfeature.contrib.provider.ofrep import OFREPProvider
            from openfeature.contrib.tools.flagd.core import FlagdCore

            base, keys = sys.argv[1], int(sys.argv[2])
            api.set_provider(OFREPProvider(base))
            client = api.get_client()
            definition = urllib.request.urlopen(base + "/api/v1/pipelines/articles/flagd.json").read().decode()
            flagd = FlagdCore()
            flagd.set_flags(definition)
            for number in range(keys):
                context = EvaluationContext(targeting_key=f"user-{number}")
                reads = client.get_string_details("articles.reads", "none", context)
                local = flagd.resolve_string_value("articles.reads", "none", context)
                print(json.dumps([
                    f"user-{number}", reads.value, str(reads.reason),
                    client.get_boolean_value("articles.use-lake", False, context),
                    client.get_string_value("articles.writes", "none", context),
                    local.value,
                    flagd.resolve_boolean_value("articles.use-lake", False, context).value]))
            print(client.get_string_details("articles.unknown", "fallback", EvaluationContext("a")).error_code)
            """, "http://" + server.address(), Integer.toString(KEYS));
        List<String> lines = printed.lines().toList();
        assertThat(lines.getLast()).contains("FLAG_NOT_FOUND");
        int moved = 0;
        int movedByFlagd = 0;
        Routing routing = controller.routing().current();
        for (String line : lines.subList(0, KEYS)) {
            JsonNode one = JSON.readTree(line);
            String store = routing.storeOf(one.get(0).asText());
            assertThat(one.get(1).asText()).isEqualTo(store);
            assertThat(one.get(3).asBoolean()).isEqualTo(store.equals("lake"));
            assertThat(one.get(4).asText()).isEqualTo("source");
            assertThat(one.get(6).asBoolean())
                    .as("both flags of a key agree in flagd too")
                    .isEqualTo(one.get(5).asText().equals("lake"));
            moved += store.equals("lake") ? 1 : 0;
            movedByFlagd += one.get(6).asBoolean() ? 1 : 0;
        }
        assertThat(moved).isBetween(KEYS / 8, KEYS * 3 / 8);
        assertThat(movedByFlagd).isBetween(KEYS / 8, KEYS * 3 / 8);
        assertThat(JSON.readTree(lines.get(42)).get(5).asText())
                .as("pinned, in flagd")
                .isEqualTo("lake");
        assertThat(JSON.readTree(lines.get(43)).get(5).asText()).isEqualTo("source");
    }

    private static PythonEnvironment openFeature() {
        return PythonEnvironment.with(
                "openfeature-0.10.0",
                List.of(
                        "openfeature-sdk==0.10.0",
                        "openfeature-provider-ofrep==0.3.0",
                        "openfeature-flagd-core==2.0.0"));
    }

    @Test
    void aComparisonIsAcceptedAndCounted() throws Exception {
        String body = """
            {"vector":[1,2],"k":2,"store":"source","ids":["a","b"],"millis":12,"other":{"ids":["b","c"],"millis":8}}\
            """;
        assertThat(change("/shadow", body).statusCode()).isEqualTo(202);
        assertThat(change("/shadow", "{\"store\":\"source\",\"ids\":[],\"millis\":1}")
                        .body())
                .contains("other is missing");
    }
}
