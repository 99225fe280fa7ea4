package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.FreePort;
import io.vectorferry.deploy.server.PostgresBinaries.Release;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A real PostgreSQL with pgvector on loopback, owned by this process: it ends with the JVM, and what a killed JVM
 * left on the directory is stopped by the next start. User {@code postgres}, trust authentication.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(90);

    private final Path directory;
    private final Path data;
    private final int port;
    private final PostgresBinaries binaries;
    private final Thread shutdownHook;

    private PostgresServer(Path directory, int port, PostgresBinaries binaries) {
        this.directory = directory;
        this.data = directory.resolve("data");
        this.port = port;
        this.binaries = binaries;
        this.shutdownHook = new Thread(this::stopQuietly, "postgres-stop");
    }

    /** A server for a test: on a temporary directory, without fsync, deleted by {@link #close}. The property {@code ferry.test.postgres} chooses its release. */
    public static PostgresServer forTest() {
        return forTest(Map.of());
    }

    /** Returns a PostgreSQL 16, in the same way. */
    public static PostgresServer olderForTest() {
        return forTest(Map.of(), Release.POSTGRES_16);
    }

    public static PostgresServer forTest(Map<String, String> settings) {
        return forTest(settings, Release.of(System.getProperty("ferry.test.postgres", "18")));
    }

    private static PostgresServer forTest(Map<String, String> settings, Release release) {
        Map<String, String> all = new TreeMap<>(Map.of("fsync", "off", "full_page_writes", "off"));
        all.putAll(settings);
        try {
            Path directory = Files.createTempDirectory(
                    OsUser.isSuperuser() ? Path.of("/var/tmp") : Path.of(System.getProperty("java.io.tmpdir")),
                    "vectorferry-postgres");
            return start(directory, all, release);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a start needs no download. */
    public static boolean isInstalled() {
        return PostgresBinaries.isIn(CacheDirectory.standard());
    }

    /** Starts on the directory, made by {@code initdb} when new, with {@code wal_level=logical} and the given settings beside it. */
    public static PostgresServer start(Path directory, Map<String, String> settings) {
        return start(directory, settings, Release.POSTGRES_18);
    }

    private static PostgresServer start(Path directory, Map<String, String> settings, Release release) {
        PostgresBinaries binaries = PostgresBinaries.provision(CacheDirectory.standard(), release);
        try {
            Files.createDirectories(directory);
            PostgresServer server = new PostgresServer(directory.toAbsolutePath(), FreePort.any(), binaries);
            server.stopLeftover();
            if (!Files.exists(server.data)) {
                server.initialise();
            }
            server.configure(settings);
            Runtime.getRuntime().addShutdownHook(server.shutdownHook);
            server.startPostmaster();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("no PostgreSQL on " + directory, e);
        }
    }

    public int port() {
        return port;
    }

    public String host() {
        return "127.0.0.1";
    }

    public String user() {
        return "postgres";
    }

    /** Returns the URL for pipeline.yaml. */
    public String url(String database) {
        return "postgresql://127.0.0.1:%d/%s".formatted(port, database);
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres".formatted(port, database);
    }

    /** Kills the server, like a power failure: SIGKILL to the postmaster and every backend. */
    public void kill() {
        postmaster().ifPresent(process -> {
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            process.destroyForcibly();
            all.forEach(ProcessHandle::destroyForcibly);
            process.onExit().join();
            all.forEach(backend -> backend.onExit().join());
        });
    }

    /** Starts it again on the same port, after {@link #kill} or {@link #stop}. */
    public void startAgain() {
        startPostmaster();
    }

    /** Keeps the data as it is now, of a stopped server. */
    public void keepCopy() {
        Directories.delete(copy());
        ProgramRun.run(COMMAND_TIMEOUT, List.of("cp", "-a", data.toString(), copy().toString()));
    }

    /** Puts the kept data in the place of what a stopped server has now, as a restored backup. */
    public void putBackCopy() {
        Directories.delete(data);
        ProgramRun.run(COMMAND_TIMEOUT, List.of("cp", "-a", copy().toString(), data.toString()));
    }

    /** Keeps the replication slots as they are on disk now. */
    public void keepSlots() {
        Directories.delete(slotsCopy());
        ProgramRun.run(
                COMMAND_TIMEOUT,
                List.of("cp", "-a", slots().toString(), slotsCopy().toString()));
    }

    /** Puts the kept slots in the place of those of a stopped server. */
    public void putBackSlots() {
        Directories.delete(slots());
        ProgramRun.run(COMMAND_TIMEOUT, List.of("cp", "-a", slotsCopy().toString(), slots().toString()));
    }

    private Path slots() {
        return data.resolve("pg_replslot");
    }

    private Path slotsCopy() {
        return directory.resolve("slots");
    }

    /** Makes another server in the place of a stopped one, with the same settings. */
    public void makeAnew() {
        try {
            String settings = Files.readString(data.resolve("postgresql.auto.conf"));
            Directories.delete(data);
            initialise();
            Files.writeString(data.resolve("postgresql.auto.conf"), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        startPostmaster();
    }

    private Path copy() {
        return directory.resolve("copy");
    }

    /** Starts a stopped server as a standby and promotes it: its log continues in another timeline. */
    public void startPromoted() {
        try {
            Files.createFile(data.resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        startPostmaster();
        pgCtl("promote", "-w");
    }

    /** Requires a password from every role except {@code postgres}. Restarts the server, which ends all sessions. */
    public void requirePasswords() {
        try {
            Files.writeString(data.resolve("pg_hba.conf"), """
                    host all         postgres 127.0.0.1/32 trust
                    host replication postgres 127.0.0.1/32 trust
                    host all         all      127.0.0.1/32 scram-sha-256
                    host replication all      127.0.0.1/32 scram-sha-256
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // A reload is only a signal, which a connection made at once may overtake.
        stop();
        startAgain();
    }

    /** A fast shutdown: sessions are cut, data is kept. */
    public void stop() {
        if (postmaster().isPresent()) {
            pgCtl("stop", "-m", "fast", "-w");
        }
    }

    /** Stops it and deletes a test's directory. */
    @Override
    public void close() {
        stopQuietly();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // the JVM is going down already, and the hook with it
        }
        if (directory.getFileName().toString().startsWith("vectorferry-postgres")) {
            Directories.delete(directory);
        }
    }

    private void initialise() throws IOException {
        Files.createDirectories(data);
        if (OsUser.isSuperuser()) {
            ProgramRun.run(COMMAND_TIMEOUT, List.of("chown", "nobody:nogroup", directory.toString(), data.toString()));
        }
        ProgramRun.run(COMMAND_TIMEOUT, List.of("chmod", "700", data.toString()));
        postgres("initdb", List.of("-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"));
    }

    private void configure(Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(Map.of(
                "listen_addresses", "127.0.0.1",
                "unix_socket_directories", "",
                "wal_level", "logical",
                "max_replication_slots", "20",
                "max_wal_senders", "20"));
        all.putAll(settings);
        all.put("port", Integer.toString(port));
        StringBuilder lines = new StringBuilder();
        all.forEach((name, value) -> lines.append("%s = '%s'%n".formatted(name, value)));
        Files.writeString(data.resolve("postgresql.auto.conf"), lines);
    }

    private void startPostmaster() {
        pgCtl("start", "-w", "-l", data.resolve("server.log").toString());
    }

    private void stopLeftover() {
        stopQuietly();
    }

    private void stopQuietly() {
        postmaster().ifPresent(process -> {
            // SIGINT is PostgreSQL's fast shutdown; Java has no call for it.
            ProgramRun.run(COMMAND_TIMEOUT, List.of("kill", "-INT", Long.toString(process.pid())));
            process.onExit()
                    .orTimeout(COMMAND_TIMEOUT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                    .join();
        });
    }

    private Optional<ProcessHandle> postmaster() {
        Path pidFile = data.resolve("postmaster.pid");
        try {
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            long pid = Long.parseLong(Files.readAllLines(pidFile).getFirst().strip());
            // After a crash the number may belong to a stranger by now.
            return ProcessHandle.of(pid)
                    .filter(process -> process.info().command().orElse("").endsWith("postgres"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void pgCtl(String... arguments) {
        postgres("pg_ctl", List.of(arguments));
    }

    private void postgres(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(binaries.program(program).toString(), "-D", data.toString()));
        command.addAll(arguments);
        ProgramRun.run(COMMAND_TIMEOUT, OsUser.unprivileged(command));
    }
}
