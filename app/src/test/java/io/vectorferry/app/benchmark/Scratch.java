package io.vectorferry.app.benchmark;

import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory for one run, gone when it is closed: a million rows leave ten gigabytes. */
record Scratch(Path directory) implements AutoCloseable {
    static Scratch create() throws IOException {
        return new Scratch(Files.createTempDirectory("ferry-benchmark"));
    }

    @Override
    public void close() {
        Directories.delete(directory);
    }
}
