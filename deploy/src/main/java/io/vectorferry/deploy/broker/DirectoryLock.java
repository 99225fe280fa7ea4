package io.vectorferry.deploy.broker;

import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** One owner of a data directory at a time; a lock ends with its process, however that dies. */
public final class DirectoryLock implements AutoCloseable {
    private static final String LOCK_FILE = "owner.lock";
    private static final String OWNER_FILE = "owner";

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /** @throws IllegalStateException when this or another process owns the directory */
    static DirectoryLock acquire(Path directory) {
        try {
            Directories.restrictToOwner(directory);
            if (isOwn(directory)) {
                throw inUse(directory);
            }
            FileChannel channel =
                    FileChannel.open(directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw inUse(directory);
            }
            Files.writeString(directory.resolve(OWNER_FILE), identity());
            return new DirectoryLock(directory, channel);
        } catch (IOException e) {
            throw new UncheckedIOException("the data directory %s cannot be locked".formatted(directory), e);
        }
    }

    /** Whether some process, this one included, owns the directory at this moment. */
    public static boolean isHeld(Path directory) {
        Path file = directory.resolve(LOCK_FILE);
        try {
            if (isOwn(directory)) {
                return true;
            }
            if (!Files.exists(file)) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                return channel.tryLock() == null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of %s cannot be read".formatted(directory), e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(directory.resolve(OWNER_FILE));
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of %s was not released".formatted(directory), e);
        }
    }

    /**
     * Answered without opening the lock's file: POSIX drops all locks that a process has on a file when it closes any
     * channel on it, so a mere question would give the directory away.
     */
    private static boolean isOwn(Path directory) throws IOException {
        Path owner = directory.resolve(OWNER_FILE);
        return Files.exists(owner) && Files.readString(owner).equals(identity());
    }

    /** Returns the process id with its start time, because ids are reused, in a container at every start. */
    private static String identity() {
        ProcessHandle self = ProcessHandle.current();
        return self.pid() + " " + self.info().startInstant().orElse(Instant.EPOCH);
    }

    private static IllegalStateException inUse(Path directory) {
        return new IllegalStateException(
                "another process uses the data directory %s: stop it, or set another data.dir for this pipeline"
                        .formatted(directory));
    }
}
