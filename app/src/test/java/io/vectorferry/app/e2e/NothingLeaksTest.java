package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.vectorferry.app.Ferry;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.IdLookupAddress;
import io.vectorferry.contracts.wire.StreamProgress;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets and contents of rows are planted, every command is run, and every output and every file is searched for them. They may be
 * where they have to be alone: {@link #HOLD_ROWS}, and the pipeline files themselves.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NothingLeaksTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LEVEL = "log4j2.level";
    private static final String SECRET = "s3cr3t";
    private static final String CONTENT = "c0ntent";

    /** Kafka's log, the stream processor's copy of it, the target, and what was exported on purpose. */
    private static final Set<String> HOLD_ROWS = Set.of(
            "ferry-data/kafka/log",
            "ferry-data/state",
            "lance",
            "rows.jsonl",
            "bad.jsonl",
            "shared/state",
            "cluster/log");

    /** With the user's own secrets, and with the password of a broker, each for its owner alone. */
    private static final Set<String> HOLD_SECRETS = Set.of("pipeline.yaml", "shared.yaml", "failing.yaml");

    private final Map<String, String> outputs = new TreeMap<>();
    private final Map<Integer, Boolean> listeners = new TreeMap<>();
    private final Map<Integer, String> answers = new TreeMap<>();
    private final List<String> idsForAnyone = new ArrayList<>();
    private final List<String> idsForTheOwner = new ArrayList<>();
    private final List<String> toldToAStranger = new CopyOnWriteArrayList<>();

    private Path directory;
    private PostgresServer server;
    private EmbeddedBroker cluster;
    private HttpServer stranger;

    @BeforeAll
    void runEverything(@TempDir Path temporary) throws Exception {
        directory = temporary;
        server = PostgresServer.forTest();
        cluster = EmbeddedBroker.startForOwner(directory.resolve("cluster"));
        SourceTable sql = new SourceTable(server, 3);
        sql.execute(
                "CREATE EXTENSION IF NOT EXISTS vector",
                "CREATE TABLE docs (id bigint PRIMARY KEY, title text, body text, meta jsonb, embedding vector)",
                """
                INSERT INTO docs SELECT i, 'c0ntent title ' || i, repeat('c0ntent body ', 500), '{"m": "c0ntent"}', '[1,2,3]'
                FROM generate_series(1, 200) i""",
                "INSERT INTO docs VALUES (201, 'c0ntent short', 'c0ntent', '{\"m\": \"c0ntent\"}', '[1,2]')",
                "INSERT INTO docs VALUES (202, 'c0ntent null', 'c0ntent', '{\"m\": \"c0ntent\"}', NULL)");
        Files.writeString(directory.resolve("pipeline.yaml"), pipeline("articles", "ferry-data", """
                control: {listen: "127.0.0.1:0", token: s3cr3t-control}
                """ + Pipeline.EAGER));
        System.setProperty(LEVEL, "INFO"); // all that libraries say there
        try (FerryProcess ferry = FerryProcess.start(directory, List.of("-D" + LEVEL + "=INFO"), "run")) {
            awaitCaughtUp(ferry);
            listenWhereKilledProcessesDid();
            sql.execute(
                    "UPDATE docs SET title = 'c0ntent changed' WHERE id < 50",
                    "INSERT INTO docs VALUES (203, 'c0ntent long', 'c0ntent', '{}', '[1,2,3,4]')",
                    "DELETE FROM docs WHERE id = 60");
            awaitLetters(3);
            for (String format : List.of("", "--json")) {
                for (String command : List.of(
                        "doctor",
                        "plan",
                        "status",
                        "config show",
                        "verify",
                        "verify --full --top-k 5",
                        "dead-letters list",
                        "ids lookup --old 1",
                        "ids lookup --new 2",
                        "ids export --output " + directory.resolve("ids.jsonl"),
                        "export --output " + directory.resolve("rows.jsonl"))) {
                    collect(command + " " + format);
                }
            }
            String letter =
                    Objects.requireNonNull(outputs.get("dead-letters list ")).split(" ", 2)[0];
            collect("dead-letters show " + letter);
            collect("dead-letters show --json " + letter);
            tamper();
            collect("verify --full --report-html " + directory.resolve("found.html"));
            collect("verify --json");
            collect("dead-letters retry --all");
            collect("dead-letters discard --all --json");
            rest(ferry);
            listeners.putAll(Listeners.of(ferry.pid()));
            askWithoutCredential();
        }
        collect("status");
        rejectedImports();
        shared();
        failures();
    }

    /** Who has the address now of stream processors that were killed: two of version 0.1, one of which has no token of its own, and one of this version. */
    private void listenWhereKilledProcessesDid() throws IOException {
        stranger = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stranger.createContext("/", exchange -> {
            toldToAStranger.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        stranger.start();
        Path kafka = directory.resolve("ferry-data/kafka");
        KafkaConnection connection = new KafkaConnection(
                Files.readString(kafka.resolve("bootstrap.servers")).strip(), EmbeddedBroker.clientSettings(kafka));
        try (ControlPublisher control =
                new ControlPublisher(connection, Topics.of("articles", 1).control())) {
            for (String token : List.of("", "of the one that was killed")) {
                control.publish(
                        new ControlKey("id-lookup/" + token.length()), // before those that live
                        Control.newBuilder()
                                .setStreamProgress(StreamProgress.newBuilder()
                                        .setInstance("127.0.0.1:"
                                                + stranger.getAddress().getPort())
                                        .setLookupToken(token))
                                .build());
            }
            control.publish(
                    ControlKey.idLookup("0"), // likewise
                    Control.newBuilder()
                            .setIdLookup(IdLookupAddress.newBuilder()
                                    .setAddress(
                                            "127.0.0.1:" + stranger.getAddress().getPort())
                                    .setToken("of a later one"))
                            .build());
        }
    }

    @Test
    void whoHasTheAddressOfAKilledProcessLearnsNoToken() {
        assertThat(toldToAStranger)
                .isNotEmpty()
                .containsOnly("Bearer of the one that was killed", "Bearer of a later one");
    }

    @AfterAll
    void stop() {
        stranger.stop(0);
        System.clearProperty(LEVEL);
        cluster.close();
        server.close();
    }

    private String pipeline(String name, String dataDir, String more) {
        return """
                pipeline: %s
                source:
                  postgres:
                    url: %s
                    user: %s
                    password: s3cr3t-postgres
                    tables: [{name: public.docs, vector: embedding, text: body}]
                nullVectors: dead-letter
                targets:
                  - name: lake
                    lancedb: {uri: %s, table: %s, storage: {secret_access_key: s3cr3t-s3, sas_token: s3cr3t-sas}}
                data.dir: %s
                %s""".formatted(
                        name,
                        server.url("postgres"),
                        server.user(),
                        directory.resolve("lance"),
                        name,
                        directory.resolve(dataDir),
                        more);
    }

    private void awaitCaughtUp(FerryProcess ferry) {
        Awaitility.await("all rows in the target").atMost(TIMEOUT).untilAsserted(() -> {
            assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            assertThat(status().at("/snapshot/complete").asBoolean()).isTrue();
            assertThat(status().at("/targets/0/upserts").asLong()).isGreaterThanOrEqualTo(200);
        });
    }

    private void awaitLetters(int letters) {
        Awaitility.await("dead letters").atMost(TIMEOUT).untilAsserted(() -> assertThat(
                        status().at("/deadLetters").asLong())
                .isEqualTo(letters));
    }

    private JsonNode status(String... headers) throws IOException, InterruptedException {
        Path address = directory.resolve("ferry-data/control.address");
        assertThat(address).exists();
        return JSON.readTree(get(Files.readString(address), "/api/v1/pipelines/articles/status", headers));
    }

    private static String get(String address, String path, String... headers) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://%s%s".formatted(address, path)));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private void collect(String command) {
        collect(command, "pipeline.yaml", command.strip().split(" ", -1));
    }

    /** In this process: a hundred of their own would take minutes. */
    private void collect(String name, String file, String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (PrintStream both = new PrintStream(output, true, StandardCharsets.UTF_8)) {
            System.setOut(both);
            System.setErr(both);
            Ferry.execute(Stream.concat(
                            Stream.of(arguments),
                            Stream.of("-f", directory.resolve(file).toString()))
                    .toArray(String[]::new));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        outputs.put(name, output.toString(StandardCharsets.UTF_8));
    }

    private void tamper() {
        PythonEnvironment.lancedb().run("""
                import lancedb, sys
                table = lancedb.connect(sys.argv[1]).open_table("articles")
                table.update(where="id = 7", values={"title": "c0ntent of another"})
                table.delete("id = 8")
                """, directory.resolve("lance").toString());
    }

    private void rest(FerryProcess ferry) throws Exception {
        String address = Files.readString(directory.resolve("ferry-data/control.address"));
        String base = "/api/v1/pipelines/articles";
        for (String path : List.of(
                base,
                base + "/status",
                base + "/dead-letters",
                base + "/history",
                "/metrics",
                "/openapi.json",
                "/none")) {
            outputs.put("GET " + path, get(address, path));
        }
        outputs.put("its output", ferry.output());
    }

    /** As any other user of the machine can. */
    private void askWithoutCredential() throws Exception {
        Awaitility.await("the difference").atMost(TIMEOUT).untilAsserted(() -> assertThat(
                        status().at("/targets/0/verification/differences").asInt())
                .isEqualTo(2));
        idsForAnyone.addAll(status().findValuesAsText("id"));
        idsForTheOwner.addAll(status("Authorization", "Bearer s3cr3t-control").findValuesAsText("id"));
        int broker = port(Files.readString(directory.resolve("ferry-data/kafka/bootstrap.servers")));
        int rest = port(Files.readString(directory.resolve("ferry-data/control.address")));
        for (int port : listeners.keySet()) {
            if (port != rest) {
                answers.put(port, port == broker ? asked("127.0.0.1:" + broker) : lookedUp(port));
            }
        }
    }

    private static int port(String address) {
        return Integer.parseInt(address.strip().substring(address.lastIndexOf(':') + 1));
    }

    private static String asked(String bootstrapServers) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                3_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                3_000))) {
            return admin.listTopics().names().get().toString();
        } catch (ExecutionException e) {
            return "refused";
        }
    }

    private static String lookedUp(int port) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/ids".formatted(port)))
                .POST(HttpRequest.BodyPublishers.ofString(""))
                .timeout(Duration.ofSeconds(5))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 401
                    ? "refused"
                    : "answered";
        } catch (IOException e) {
            return "refused"; // not HTTP
        }
    }

    private void rejectedImports() throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("rows.jsonl"));
        String row = lines.stream()
                .filter(line -> line.contains(CONTENT))
                .findFirst()
                .orElseThrow();
        int at = lines.indexOf(row);
        for (String bad : List.of(
                "c0ntent",
                "{\"collection\": c0ntent}",
                row.replace("\"id\":", "\"id\":[\"c0ntent\"],\"x\":"),
                row.replaceAll("\"vector\":\"[^\"]*\"", "\"vector\":\"c0ntent!\""),
                row.replaceAll("\"title\":\"[^\"]*\"", "\"title\":{\"c0ntent\":1}"))) {
            List<String> damaged = new ArrayList<>(lines);
            damaged.set(at, bad);
            Files.write(directory.resolve("bad.jsonl"), damaged);
            String input = directory.resolve("bad.jsonl").toString();
            collect("import " + outputs.size(), "pipeline.yaml", "import", "--input", input, "--verbose");
        }
    }

    /** A cluster that asks for a password, in a data directory that is open to others. */
    private void shared() throws IOException {
        Path data = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(data.resolve("another"), "of somebody else");
        StringBuilder kafka =
                new StringBuilder("kafka: {bootstrap.servers: \"%s\"".formatted(cluster.bootstrapServers()));
        cluster.clientSettings().forEach((key, value) -> kafka.append(", %s: '%s'".formatted(key, value)));
        Files.writeString(directory.resolve("shared.yaml"), pipeline("shared", "shared", kafka + "}\n"));
        for (String command :
                List.of("run --until caught-up", "doctor", "config show", "status --json", "verify --no-pipeline")) {
            collect("shared: " + command, "shared.yaml", command.split(" ", -1));
        }
    }

    private void failures() throws IOException {
        String url = "source.postgres.url=";
        for (String set : List.of(
                url + "postgresql://me:s3cr3t-url@127.0.0.1:1/app",
                url + "postgresql://127.0.0.1:nowhere/app?password=s3cr3t-url",
                url + "postgresql://127.0.0.1:1/app",
                "source.postgres.nothing.password=s3cr3t-key",
                "source.postgres.tables.7.password=s3cr3t-key",
                "s3cr3t-without-a-key",
                "targets.0.lancedb.storage=s3cr3t-storage",
                "kafka.bootstrap.servers=127.0.0.1:1")) {
            for (String command : List.of("doctor", "plan")) {
                collect(command + " " + set.replace(SECRET, "…"), "pipeline.yaml", command, "--verbose", "--set", set);
            }
        }
        for (String source : List.of(
                "chroma: {url: \"http://me:s3cr3t-url@127.0.0.1:1\", token: s3cr3t-chroma, headers: {X-Key: s3cr3t-header}}",
                "mongo: {uri: \"mongodb://me:s3cr3t-mongo@127.0.0.1:1/?serverSelectionTimeoutMS=500\", database: d, collection: c, references: \"i[].d\", vectors: {chroma: {url: \"http://127.0.0.1:1\", token: s3cr3t-chroma}}}",
                "mongo: {uri: \"mongodb://me:s3cr3t:mongo@@127.0.0.1\", database: d, collection: c, references: \"i[].d\", vectors: {chroma: {url: \"http://127.0.0.1:1\"}}}",
                "postgres: {url: \"postgresql://127.0.0.1/x\", password: s3cr3t-a: b}")) {
            Files.writeString(directory.resolve("failing.yaml"), """
                    pipeline: failing
                    source:
                      %s
                    targets:
                      - {name: vectors, milvus: {uri: "http://127.0.0.1:1", token: "me:s3cr3t-milvus", collection: c}}
                    data.dir: %s
                    """.formatted(source, directory.resolve("failing")));
            for (String command : List.of("doctor", "config show", "plan")) {
                collect(command + " of " + outputs.size(), "failing.yaml", (command + " --verbose").split(" ", -1));
            }
        }
    }

    @Test
    void noOutputHasASecretOrAContent() {
        SoftAssertions.assertSoftly(soft -> outputs.forEach(
                (command, output) -> soft.assertThat(leaks(output)).as(command).isEmpty()));
        assertThat(outputs.get("verify --full --report-html " + directory.resolve("found.html")))
                .contains("FAIL");
        assertThat(outputs.get("dead-letters list ")).contains("3 dead letters");
        assertThat(outputs.get("plan ")).contains("about 202 rows");
        assertThat(outputs.get("config show ")).contains("********");
        assertThat(outputs.get("verify ")).contains("pass");
        assertThat(outputs.get("shared: run --until caught-up")).contains("caught up");
    }

    private static List<String> leaks(String output) {
        return output.lines()
                .filter(line -> line.contains(SECRET) || line.contains(CONTENT))
                .toList();
    }

    @Test
    void noFileHasThemButThoseThatHaveTo() throws IOException {
        SoftAssertions soft = new SoftAssertions();
        for (Path file : files(directory)) {
            String name = directory.relativize(file).toString();
            boolean excepted = HOLD_SECRETS.contains(name)
                    || HOLD_ROWS.stream().anyMatch(holder -> name.equals(holder) || name.startsWith(holder + "/"));
            if (!excepted && !name.endsWith(".so")) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                soft.assertThat(leaks(text)).as(name).isEmpty();
                for (String password : passwords()) {
                    soft.assertThat(text.contains(password)
                                    && !name.endsWith("kafka/client.properties")
                                    && !name.equals("cluster/client.properties"))
                            .as("a broker's password in " + name)
                            .isFalse();
                }
            }
        }
        soft.assertAll();
    }

    private List<String> passwords() throws IOException {
        List<String> passwords = new ArrayList<>();
        for (String broker : List.of("ferry-data/kafka", "cluster")) {
            String settings = Files.readString(directory.resolve(broker).resolve("client.properties"));
            passwords.add(settings.replaceAll("(?s).*password\\\\?=\\\\?\"([0-9a-f]+).*", "$1"));
        }
        assertThat(passwords).allMatch(password -> password.matches("[0-9a-f]{48}"));
        return passwords;
    }

    @Test
    void noOtherUserCanReadOrWriteWhatFerryKeeps() throws IOException {
        assertThat(openToOthers(directory.resolve("ferry-data"))).isEmpty();
        assertThat(openToOthers(directory.resolve("shared"))).containsExactly("another");
    }

    /** Files that are reached through directories that others may enter, and are not the owner's alone. */
    private static List<String> openToOthers(Path root) throws IOException {
        List<String> open = new ArrayList<>();
        for (Path file : files(root)) {
            boolean reached = isOpen(file);
            for (Path at = file.getParent(); reached && at != null && at.startsWith(root); at = at.getParent()) {
                reached = isOpen(at);
            }
            if (reached) {
                open.add(root.relativize(file).toString());
            }
        }
        return open;
    }

    private static boolean isOpen(Path path) throws IOException {
        EnumSet<PosixFilePermission> others = EnumSet.of(
                PosixFilePermission.GROUP_READ,
                PosixFilePermission.GROUP_WRITE,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_READ,
                PosixFilePermission.OTHERS_WRITE,
                PosixFilePermission.OTHERS_EXECUTE);
        others.retainAll(Files.getPosixFilePermissions(path));
        return !others.isEmpty();
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /** REST, the look-ups, and the broker with its controller. */
    @Test
    void everyListenerIsOnLoopback() {
        assertThat(listeners).hasSize(4).doesNotContainValue(false);
    }

    @Test
    void everyListenerAsksForACredentialBeforeItGivesData() {
        assertThat(answers).hasSize(3).allSatisfy((port, answer) -> assertThat(answer)
                .isEqualTo("refused"));
        assertThat(idsForTheOwner).contains("7");
        assertThat(idsForAnyone).isNotEmpty().containsOnly("");
    }
}
