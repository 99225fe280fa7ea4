package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Milvus Lite 3.2.2, a rewrite in Python that speaks Milvus' protocol: not Milvus' own server, but the only one
 * available without a container that has the fields and vectors of Milvus 2.4 and 2.5. On loopback; slow with more
 * than a few thousand rows, and for one writer. For one thread.
 */
public final class MilvusLiteServer implements AutoCloseable {
    private final Path directory;
    private final int port;
    private final ServerProcess process;

    private MilvusLiteServer(Path directory, int port, ServerProcess process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** Starts a server on a temporary directory that {@link #close} deletes. */
    public static MilvusLiteServer forTest() {
        Path python = PythonEnvironment.with("milvus-lite-3.2.2", List.of("milvus-lite==3.2.2", "pymilvus==3.0.2"))
                .interpreter();
        try {
            Path directory = Files.createTempDirectory("vectorferry-milvus-lite");
            int port = FreePort.any();
            List<String> command = List.of(
                    python.resolveSibling("milvus-lite").toString(),
                    "server",
                    "--data-dir",
                    directory.resolve("data").toString(),
                    "--host",
                    "127.0.0.1",
                    "--port",
                    Integer.toString(port));
            MilvusLiteServer server =
                    new MilvusLiteServer(directory, port, new ServerProcess("Milvus Lite", directory, command));
            server.process.start(server::accepts);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the URI for pipeline.yaml. */
    public String uri() {
        return "http://127.0.0.1:" + port;
    }

    private boolean accepts() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.close();
        Directories.delete(directory);
    }
}
