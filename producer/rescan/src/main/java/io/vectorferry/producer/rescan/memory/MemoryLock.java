package io.vectorferry.producer.rescan.memory;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One producer at a time on the memory. */
public final class MemoryLock implements AutoCloseable {
    private final Path memory;
    private final FileChannel channel;

    private MemoryLock(Path memory, FileChannel channel) {
        this.memory = memory;
        this.channel = channel;
    }

    public static MemoryLock of(Path memory) {
        try {
            OwnerOnly.own(memory);
            FileChannel channel =
                    FileChannel.open(memory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isLocked(channel)) {
                return new MemoryLock(memory, channel);
            }
            channel.close();
            throw FerryException.misconfigured(
                    "another producer of this pipeline runs on " + memory,
                    "Stop it first, or set another data.dir and another pipeline name for this one.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path directory() {
        return memory;
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** The lock goes with the channel. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
