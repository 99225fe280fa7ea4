package io.vectorferry.app.check;

import io.vectorferry.app.terminal.DataSize;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether the data directory's disk has room for the topics of an embedded broker; an outside one has disks of its own. */
public final class CapacityCheck {
    private static final String CHECK = "capacity";

    private CapacityCheck() {}

    public static List<Finding> of(PipelineConfig config, Estimate estimate) {
        if (config.kafka().bootstrapServers().isPresent()) {
            return List.of();
        }
        Path directory = nearest(config.dataDir().toAbsolutePath());
        try {
            long free = Files.getFileStore(directory).getUsableSpace();
            String room = "data.dir on %s has %s free; the topics of a first run take about %s"
                    .formatted(directory, DataSize.of(free), DataSize.of(estimate.topicBytes()));
            return List.of(
                    free > estimate.topicBytes()
                            ? Finding.ok(CHECK, room)
                            : Finding.error(CHECK, room, "data.dir: a directory on a larger disk"));
        } catch (IOException e) {
            return List.of(Finding.warning(
                    CHECK,
                    "cannot determine the free space of %s: %s".formatted(directory, e.getMessage()),
                    "Check it yourself."));
        }
    }

    /** The data directory is made by the first run. */
    private static Path nearest(Path directory) {
        Path at = directory;
        while (!Files.exists(at) && at.getParent() != null) {
            at = at.getParent();
        }
        return at;
    }
}
