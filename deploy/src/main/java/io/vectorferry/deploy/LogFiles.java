package io.vectorferry.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The segments of an embedded broker. Kafka leaves it to the operating system when they reach the disk, since it counts on
 * replicas; one node has none. A file counts as changed when its size does: segments are only appended to, and what
 * compaction writes anew Kafka syncs itself. Safe for any thread, and in every process on the machine.
 */
public final class LogFiles {
    private static final String SEGMENT = ".log";

    /** A directory that changed less than this before it was listed is listed again: a file system dates in steps. */
    private static final Duration DATING_STEP = Duration.ofSeconds(1);

    private final Path log;
    private final AtomicLong asked = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Path, Partition> partitions = new HashMap<>();
    private long rootListed = Long.MIN_VALUE;
    private long done;

    /** @param directory of the broker */
    public LogFiles(Path directory) {
        this.log = directory.toAbsolutePath().resolve("log");
    }

    /**
     * Returns when all that the broker had acknowledged before the call is on disk. Calls that come together share the
     * work.
     *
     * @throws UncheckedIOException when the disk does not take it
     */
    public void sync() {
        long own = asked.incrementAndGet();
        lock.lock();
        try {
            if (done < own) {
                long covered = asked.get();
                syncChanged();
                done = covered;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /** Runs something while nothing more gets synced. */
    public void whileNothingIsSynced(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many bytes of each segment are known to be on disk. */
    public Map<Path, Long> syncedBytes() {
        lock.lock();
        try {
            Map<Path, Long> bytes = new HashMap<>();
            partitions.values().forEach(partition -> bytes.putAll(partition.synced));
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private void syncChanged() throws IOException {
        listPartitions();
        for (Partition partition : partitions.values()) {
            partition.sync();
        }
    }

    private void listPartitions() throws IOException {
        long modified = modified(log);
        if (modified == rootListed) {
            return;
        }
        long listed = System.currentTimeMillis();
        Set<Path> present = new HashSet<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(log, Files::isDirectory)) {
            for (Path directory : directories) {
                present.add(directory);
                partitions.computeIfAbsent(directory, Partition::new);
            }
        }
        partitions.keySet().retainAll(present);
        force(log);
        rootListed = settled(modified, listed);
    }

    private static long modified(Path directory) throws IOException {
        return Files.getLastModifiedTime(directory).toMillis();
    }

    private static long settled(long modified, long listed) {
        return listed - modified > DATING_STEP.toMillis() ? modified : Long.MIN_VALUE;
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(false);
        }
    }

    private static final class Partition {
        private final Path directory;
        private final Map<Path, Long> synced = new HashMap<>();
        private List<Path> segments = List.of();
        private long listed = Long.MIN_VALUE;

        Partition(Path directory) {
            this.directory = directory;
        }

        void sync() throws IOException {
            try {
                list();
            } catch (NoSuchFileException e) {
                return; // the topic was deleted
            }
            for (Path segment : segments) {
                try {
                    syncSegment(segment);
                } catch (NoSuchFileException e) {
                    synced.remove(segment); // by retention or compaction
                }
            }
        }

        private void list() throws IOException {
            long modified = modified(directory);
            if (modified == listed) {
                return;
            }
            long now = System.currentTimeMillis();
            List<Path> found = new ArrayList<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SEGMENT)) {
                files.forEach(found::add);
            }
            if (!synced.keySet().containsAll(found)) {
                force(directory);
            }
            synced.keySet().retainAll(found);
            segments = List.copyOf(found);
            listed = settled(modified, now);
        }

        private void syncSegment(Path segment) throws IOException {
            long size = Files.readAttributes(segment, BasicFileAttributes.class).size();
            if (synced.getOrDefault(segment, 0L) != size) {
                force(segment);
                synced.put(segment, size);
            }
        }
    }
}
