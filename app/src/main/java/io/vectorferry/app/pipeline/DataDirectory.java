package io.vectorferry.app.pipeline;

import io.vectorferry.deploy.Directories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The directory {@code data.dir}: it holds the rows of the embedded broker's topics and what the stages remember, for its owner alone. A source restricts its own part. */
final class DataDirectory {
    private static final List<String> PARTS = List.of("kafka", "state", "verify");

    private DataDirectory() {}

    /**
     * Creates the directory for its owner alone. One that exists keeps its rights, since it may hold other things; what
     * ferry keeps in it is restricted.
     */
    static void prepare(Path dataDir) {
        if (!Files.exists(dataDir)) {
            Directories.restrictToOwner(dataDir);
            return;
        }
        PARTS.stream().map(dataDir::resolve).filter(Files::exists).forEach(Directories::restrictToOwner);
    }
}
