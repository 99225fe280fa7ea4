package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The directory of provisioned parts between runs: {@code FERRY_CACHE}, or else one that an unprivileged server user
 * can read too.
 */
public record CacheDirectory(Path root) {

    /** Fills an empty directory with a part. */
    @FunctionalInterface
    public interface Installation {
        void into(Path directory) throws IOException;
    }

    public static CacheDirectory standard() {
        return new CacheDirectory(Optional.ofNullable(System.getenv("FERRY_CACHE"))
                .map(Path::of)
                // A superuser's home is closed to the user that the server runs as.
                .orElseGet(() -> OsUser.isSuperuser()
                        ? Path.of("/var/tmp/vectorferry-cache")
                        : Path.of(System.getProperty("user.home"), ".cache", "vectorferry")));
    }

    /** Whether {@link #part} would find it installed. */
    public boolean has(String name) {
        return Files.exists(marker(name));
    }

    private Path marker(String name) {
        return root.resolve(name).resolve(".complete");
    }

    /** Returns the part of that name, installed only once even if several processes request it. */
    public Path part(String name, Installation installation) {
        Path part = root.resolve(name);
        Path marker = marker(name);
        if (Files.exists(marker)) {
            return part;
        }
        try {
            Files.createDirectories(root);
            try (FileChannel channel = FileChannel.open(
                            root.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                if (lock.isValid() && !Files.exists(marker)) {
                    Directories.delete(part);
                    Files.createDirectories(part);
                    installation.into(part);
                    Files.createFile(marker);
                }
            }
            return part;
        } catch (IOException e) {
            throw new UncheckedIOException("%s could not be installed in %s".formatted(name, root), e);
        }
    }
}
