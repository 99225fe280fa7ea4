package io.vectorferry.app.pipeline;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.deploy.broker.LogFiles;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;

/** The embedded broker's log, which has one replica: it is durable when its files are on disk. */
record EmbeddedLog(Path directory, LogFiles files) implements DurableLog {
    EmbeddedLog(Path directory) {
        this(directory, new LogFiles(directory));
    }

    @Override
    public void sync() {
        try {
            files.sync();
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof ClosedByInterruptException) {
                throw FerryException.retryable("interrupted while the embedded broker's files were synced", e);
            }
            throw FerryException.misconfigured(
                    "the embedded broker could not write to the disk of %s: %s".formatted(directory, e.getCause()),
                    "Check the disk and its free space, then restart ferry. What is not on disk is read from the source again.",
                    e);
        }
    }
}
