package io.vectorferry.deploy.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.internals.Topic;

/**
 * The segments of an embedded broker. Kafka leaves it to the operating system when they reach the disk, since it
 * counts on replicas; one node has none. A file counts as changed when its size does: segments are only appended to,
 * and Kafka itself syncs what compaction rewrites. Safe for any thread, and in every process on the machine.
 */
public final class LogFiles {
    private static final String SEGMENT = ".log";

    /** The broker's metadata, and its notes of transactions ({@link TransactionLog}). */
    private static final List<String> SYNCED_BY_KAFKA =
            List.of(Topic.CLUSTER_METADATA_TOPIC_NAME + "-", Topic.TRANSACTION_STATE_TOPIC_NAME + "-");

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

    /** All at once: a file system writes them together, which takes a third of the time or less. */
    private void syncChanged() throws IOException {
        listPartitions();
        List<Future<?>> syncs = new ArrayList<>();
        try (ExecutorService together = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Partition partition : partitions.values()) {
                if (partition.isChanged()) {
                    syncs.add(together.submit(() -> {
                        partition.sync();
                        return partition;
                    }));
                }
            }
        }
        for (Future<?> sync : syncs) {
            await(sync);
        }
    }

    private static void await(Future<?> sync) throws IOException {
        try {
            Object unused = sync.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
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
                String name = log.relativize(directory).toString();
                if (SYNCED_BY_KAFKA.stream().noneMatch(name::startsWith)) {
                    present.add(directory);
                    partitions.computeIfAbsent(directory, Partition::new);
                }
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

        /** Whether something is to be synced, which {@link #sync} does. */
        boolean isChanged() throws IOException {
            try {
                list();
            } catch (NoSuchFileException e) {
                return false; // the topic was deleted
            }
            for (Path segment : segments) {
                try {
                    if (isChanged(segment, size(segment))) {
                        return true;
                    }
                } catch (NoSuchFileException e) {
                    synced.remove(segment); // by retention or compaction
                }
            }
            return false;
        }

        void sync() throws IOException {
            for (Path segment : segments) {
                try {
                    syncSegment(segment);
                } catch (NoSuchFileException e) {
                    synced.remove(segment);
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
            long size = size(segment);
            if (isChanged(segment, size)) {
                force(segment);
                synced.put(segment, size);
            }
        }

        private boolean isChanged(Path segment, long size) {
            return synced.getOrDefault(segment, 0L) != size;
        }

        private static long size(Path segment) throws IOException {
            return Files.readAttributes(segment, BasicFileAttributes.class).size();
        }
    }
}
