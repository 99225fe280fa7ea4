package io.vectorferry.app.demo;

import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The one folder that holds all of a demo; deleted at its end unless it is retained. */
final class DemoFolder implements AutoCloseable {
    private final Path root;
    private boolean retained;

    private DemoFolder(Path root) {
        this.root = root;
    }

    static DemoFolder create() {
        try {
            Path root = Files.createTempDirectory(Path.of("/var/tmp"), "ferry-demo-");
            // Started by the superuser, PostgreSQL runs as another user, who has to get through here.
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
            return new DemoFolder(root);
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for the demo in /var/tmp", e);
        }
    }

    Path root() {
        return root;
    }

    Path postgres() {
        return root.resolve("postgres");
    }

    Path lance() {
        return root.resolve("lance");
    }

    Path milvus() {
        return root.resolve("milvus");
    }

    Path data() {
        return root.resolve("data");
    }

    Path writePipeline(PostgresServer server, DemoTarget target) {
        try {
            return Files.writeString(root.resolve("pipeline.yaml"), """
                    pipeline: demo
                    source:
                      postgres:
                        url: %s
                        user: %s
                        tables:
                          - {name: public.articles, vector: embedding}
                    targets:
                      - %s
                    data.dir: %s
                    control: {listen: "127.0.0.1:0"}
                    """.formatted(
                            server.url("postgres"), server.user(), target.yaml(), data()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Leaves it behind, for the log in it. */
    void retain() {
        retained = true;
    }

    @Override
    public void close() {
        if (!retained) {
            Directories.delete(root);
        }
    }
}
