package io.vectorferry.sink.postgres;

import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.FreePort;
import io.vectorferry.deploy.server.CacheDirectory;
import io.vectorferry.deploy.server.ProgramRun;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A PgBouncer in transaction mode in front of a server, with fewer sessions than its clients have connections. */
final class PgBouncer implements AutoCloseable {
    private static final int SESSIONS = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Debian's package with the two libraries that a small installation lacks. */
    private static final String DOWNLOAD = """
            cd "$1" && apt-get download pgbouncer $(apt-cache depends pgbouncer | sed -n 's/^ *Depends: \\(libevent[^ ]*\\|libc-\\{0,1\\}ares[^ ]*\\)$/\\1/p')
            for package in *.deb; do dpkg -x "$package" . || exit 1; done""";

    private final Path directory;
    private final int port;
    private final Process process;

    private PgBouncer(Path directory, Process process, int port) {
        this.port = port;
        this.directory = directory;
        this.process = process;
    }

    /** Returns the program: of this machine, or from Debian's packages; empty where there is neither. */
    static Optional<Path> program() {
        Optional<Path> installed = Stream.concat(
                        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
        if (installed.isPresent() || !Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
            return installed;
        }
        try {
            return Optional.of(CacheDirectory.standard()
                    .part(
                            "pgbouncer-debian",
                            into -> ProgramRun.run(PATIENCE, List.of("sh", "-c", DOWNLOAD, "sh", into.toString())))
                    .resolve("usr/sbin/pgbouncer"));
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    static PgBouncer before(int serverPort, Path program) {
        try {
            boolean root = "root".equals(System.getProperty("user.name"));
            Path directory = Files.createTempDirectory(
                    root ? Path.of("/var/tmp") : Path.of(System.getProperty("java.io.tmpdir")),
                    "vectorferry-pgbouncer");
            int port = FreePort.any();
            Path users = Files.writeString(directory.resolve("users"), "\"postgres\" \"\"%n".formatted());
            Path settings = Files.writeString(
                    directory.resolve("pgbouncer.ini"), """
                    [databases]
                    * = host=127.0.0.1 port=%d user=postgres
                    [pgbouncer]
                    listen_addr = 127.0.0.1
                    listen_port = %d
                    unix_socket_dir =
                    auth_type = any
                    auth_file = %s
                    pool_mode = transaction
                    default_pool_size = %d
                    """.formatted(serverPort, port, users, SESSIONS));
            ProgramRun.run(PATIENCE, List.of("chmod", "-R", "a+rX", directory.toString()));
            List<String> command = new ArrayList<>();
            if (root) { // which it refuses
                command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
            }
            command.addAll(
                    List.of("env", "LD_LIBRARY_PATH=" + libraries(program), program.toString(), settings.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            PgBouncer bouncer = new PgBouncer(directory, process, port);
            Awaitility.await("PgBouncer accepts connections").atMost(PATIENCE).until(bouncer::accepts);
            return bouncer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the libraries that were unpacked with the program. */
    private static String libraries(Path program) throws IOException {
        Path root = program.resolve("../../lib").normalize();
        if (program.startsWith("/usr") || !Files.exists(root)) {
            return "";
        }
        try (Stream<Path> folders = Files.list(root)) {
            return folders.filter(Files::isDirectory)
                    .map(Path::toString)
                    .reduce("", (all, folder) -> all + ":" + folder);
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Directories.delete(directory);
    }
}
