package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A real standalone Milvus 2.3.5 (its own etcd, log and storage in one process), in a network namespace of its own since
 * it binds every address, with a loopback port that leads to it. It ends with this JVM, however that ends.
 */
public final class MilvusServer implements AutoCloseable {
    private static final String VERSION = "2.3.5";
    private static final String PROGRAM = "milvus_server.py";
    private static final String DIRECTORY_PREFIX = "vectorferry-milvus";
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

    /** Fresh reads and exact searches, and a short wait for the dead server's lease after a kill. */
    private static final Map<String, String> TEST_SETTINGS = Map.of(
            "common.session.ttl", "5",
            "proxy.timeTickInterval", "50",
            "queryNode.segcore.interimIndex.enableIndex", "false",
            "log.level", "warn");

    private final Path directory;
    private final Process supervisor;
    private final BufferedReader answers;
    private final BufferedWriter orders;
    private final int port;

    private MilvusServer(Path directory, Process supervisor) throws IOException {
        this.directory = directory;
        this.supervisor = supervisor;
        this.answers = new BufferedReader(new InputStreamReader(supervisor.getInputStream(), StandardCharsets.UTF_8));
        this.orders = new BufferedWriter(new OutputStreamWriter(supervisor.getOutputStream(), StandardCharsets.UTF_8));
        String[] first = answer().split(" ", 2);
        if (!first[0].equals("port")) {
            throw new IllegalStateException("Milvus cannot run here: " + String.join(" ", first));
        }
        this.port = Integer.parseInt(first[1]);
    }

    /** A server for a test: on a temporary directory that is deleted by {@link #close}. */
    public static MilvusServer forTest() {
        return forTest(Map.of());
    }

    /** @param settings keys of milvus.yaml, such as {@code quotaAndLimits.dml.enabled} */
    public static MilvusServer forTest(Map<String, String> settings) {
        try {
            return start(Files.createTempDirectory(DIRECTORY_PREFIX), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts on the directory; the settings count when it is new. */
    public static MilvusServer start(Path directory, Map<String, String> settings) {
        Path part = provision(CacheDirectory.standard());
        Map<String, String> all = new TreeMap<>(TEST_SETTINGS);
        all.putAll(settings);
        try {
            Files.createDirectories(directory);
            Path program = directory.resolve(PROGRAM);
            try (InputStream text = MilvusServer.class.getResourceAsStream(PROGRAM)) {
                Files.write(program, java.util.Objects.requireNonNull(text).readAllBytes());
            }
            List<String> command = new ArrayList<>(List.of(
                    part.resolve("venv/bin/python").toString(),
                    program.toString(),
                    part.resolve("bin").toString(),
                    directory.toAbsolutePath().toString()));
            all.forEach((key, value) -> command.add(key + "=" + value));
            Process supervisor = new ProcessBuilder(command)
                    .redirectError(directory.resolve("supervisor.log").toFile())
                    .start();
            MilvusServer server = new MilvusServer(directory, supervisor);
            server.startAgain();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("no Milvus on " + directory, e);
        }
    }

    /** Whether a start needs no download. */
    public static boolean isInstalled() {
        return CacheDirectory.standard().has("milvus-" + VERSION);
    }

    private static Path provision(CacheDirectory cache) {
        return cache.part("milvus-" + VERSION, part -> {
            PythonEnvironment.install(part.resolve("venv"), List.of("milvus==" + VERSION));
            ProgramRun.run(
                    STOP_TIMEOUT.multipliedBy(10),
                    List.of(
                            part.resolve("venv/bin/python").toString(),
                            "-c",
                            "import milvus, sys; milvus._initialize_data_files(sys.argv[1])",
                            part.toString()));
        });
    }

    /** Returns the URI for pipeline.yaml. */
    public String uri() {
        return "http://127.0.0.1:" + port;
    }

    /** Kills the server, like a power failure: SIGKILL. The port stays and refuses meanwhile. */
    public void kill() {
        order("kill", "killed");
    }

    /** Starts it on the same data and the same port. */
    public void startAgain() {
        order("start", "started");
    }

    private void order(String word, String expected) {
        try {
            orders.write(word + "\n");
            orders.flush();
            String answer = answer();
            if (!answer.equals(expected)) {
                throw new IllegalStateException("Milvus on %s: %s".formatted(directory, answer));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the supervisor process of Milvus on %s has ended".formatted(directory), e);
        }
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        return line == null
                ? Files.readString(directory.resolve("supervisor.log")).strip()
                : line;
    }

    /** Kills it, since it does not end otherwise, and deletes a test's directory. */
    @Override
    public void close() {
        try {
            orders.close();
            if (!supervisor.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                supervisor.destroyForcibly();
            }
        } catch (IOException e) {
            supervisor.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            supervisor.destroyForcibly();
        }
        if (directory.getFileName().toString().startsWith(DIRECTORY_PREFIX)) {
            Directories.delete(directory);
        }
    }
}
