package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A broker that the tests of a process share, each with topics of its own: its start takes longer than most of them. */
public final class SharedBroker {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Path directory;
    private final EmbeddedBroker broker;

    private SharedBroker(Path directory, EmbeddedBroker broker) {
        this.directory = directory;
        this.broker = broker;
    }

    private static final class Holder {
        private static final SharedBroker ONLY = start();
    }

    /** The same for every test; it ends with the process. */
    public static SharedBroker forTest() {
        return Holder.ONLY;
    }

    private static SharedBroker start() {
        try {
            Path directory = Files.createTempDirectory("shared-broker");
            EmbeddedBroker broker = EmbeddedBroker.start(directory);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                broker.close();
                                Directories.delete(directory);
                            },
                            "shared-broker-stop"));
            return new SharedBroker(directory, broker);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A name for a pipeline that no other test has. */
    public String freshName() {
        return "p" + NAMES.incrementAndGet();
    }

    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** The files of a topic's first partition. */
    public Path filesOf(String topic) {
        return directory.resolve("log").resolve(topic + "-0");
    }
}
