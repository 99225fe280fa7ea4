package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
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
import java.util.List;

/** A real Chroma on loopback and a free port, owned by this process: it ends with the JVM. For one thread. */
public final class ChromaServer implements AutoCloseable {
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(60);
    private static final String TEMPORARY = "vectorferry-chroma";

    /** The wheel's own command line; the package without its dependencies lacks the script that would start it. */
    private static final String LAUNCHER =
            "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma'] + sys.argv[1:])";

    private final Path directory;
    private final Path python;
    private final int port;
    private final ServerProcess process;

    private ChromaServer(Path directory, Path python, int port) {
        this.directory = directory;
        this.python = python;
        this.port = port;
        this.process = new ServerProcess(
                "Chroma",
                directory,
                List.of(
                        python.toString(),
                        "-c",
                        LAUNCHER,
                        "run",
                        "--path",
                        directory.toString(),
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port)));
    }

    /** Starts a server on a temporary directory that {@link #close} deletes. */
    public static ChromaServer forTest() {
        try {
            return start(Files.createTempDirectory(TEMPORARY));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a server on a directory that is kept. */
    public static ChromaServer start(Path directory) {
        Path python = PythonEnvironment.with("chroma-server-1.5.9", List.of("--no-deps", "chromadb==1.5.9"))
                .interpreter();
        ChromaServer server = new ChromaServer(directory.toAbsolutePath(), python, FreePort.any());
        server.startAgain();
        return server;
    }

    /** Returns the URL for pipeline.yaml. */
    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    /** Returns the directory of {@code chroma.sqlite3}. */
    public Path directory() {
        return directory;
    }

    /** Kills the server, like a power failure. */
    public void kill() {
        process.kill();
    }

    /** Stops the server cleanly; data is kept. */
    public void stop() {
        process.stop();
    }

    /** Starts the server again on the same port and directory. */
    public void startAgain() {
        try (HttpClient client = HttpClient.newHttpClient()) {
            process.start(() -> answers(client));
        }
    }

    /** Runs the server's own command, such as {@code vacuum}, on a stopped server's directory. */
    public String command(String... arguments) {
        List<String> command = new java.util.ArrayList<>(List.of(python.toString(), "-c", LAUNCHER));
        command.addAll(List.of(arguments));
        return ProgramRun.run(COMMAND_TIMEOUT, command);
    }

    /** Stops it and deletes a test's directory. */
    @Override
    public void close() {
        process.close();
        if (directory.getFileName().toString().startsWith(TEMPORARY)) {
            Directories.delete(directory);
        }
    }

    private boolean answers(HttpClient client) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url() + "/api/v2/heartbeat"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Chroma started", e);
        }
    }
}
