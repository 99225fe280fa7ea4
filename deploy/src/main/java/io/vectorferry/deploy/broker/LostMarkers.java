package io.vectorferry.deploy.broker;

import io.vectorferry.deploy.broker.TransactionNotes.End;
import io.vectorferry.deploy.broker.TransactionNotes.Open;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.checkpoint.CleanShutdownFileHandler;
import org.apache.kafka.storage.internals.checkpoint.OffsetCheckpointFile;
import org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache;
import org.apache.kafka.storage.internals.log.LoadedLogOffsets;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogLoader;
import org.apache.kafka.storage.internals.log.LogManager;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogSegments;
import org.apache.kafka.storage.internals.log.ProducerStateEntry;
import org.apache.kafka.storage.internals.log.ProducerStateManager;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The markers of ended transactions that a power loss took: the coordinator's note that a transaction is complete was on disk,
 * a marker in one of its partitions was not. The coordinator does not write that marker again, so readers of the committed
 * would wait for ever, or the end of the producer's next transaction would count for this one. They are written before the
 * broker starts: what it finds is what it would have left a moment later. For one thread.
 */
public final class LostMarkers {
    private static final Logger LOG = LoggerFactory.getLogger(LostMarkers.class);
    /** The broker's default; neither setting decides which transactions are open. */
    private static final int TRANSACTION_TIMEOUT_MILLIS = 900_000;

    private static final int PRODUCER_EXPIRATION_MILLIS = 86_400_000;

    private final Path log;
    private final KafkaScheduler scheduler;
    private final LogDirFailureChannel failures = new LogDirFailureChannel(1);
    private final Map<TopicPartition, Long> recoveryPoints;
    private final Map<TopicPartition, Long> starts;

    private LostMarkers(Path log, KafkaScheduler scheduler) throws IOException {
        this.log = log;
        this.scheduler = scheduler;
        this.recoveryPoints = checkpoint(LogManager.RECOVERY_POINT_CHECKPOINT_FILE);
        this.starts = checkpoint(LogManager.LOG_START_OFFSET_CHECKPOINT_FILE);
    }

    private Map<TopicPartition, Long> checkpoint(String name) throws IOException {
        return new OffsetCheckpointFile(log.resolve(name).toFile(), failures).read();
    }

    /** @param log of a broker that does not run */
    public static void write(Path log) throws IOException, InterruptedException {
        boolean isNew = !Files.exists(log.resolve(Topic.TRANSACTION_STATE_TOPIC_NAME + "-0"));
        if (isNew || new CleanShutdownFileHandler(log.toString()).exists()) {
            return;
        }
        KafkaScheduler scheduler = new KafkaScheduler(1);
        scheduler.startup();
        try {
            new LostMarkers(log, scheduler).write();
        } finally {
            scheduler.shutdown();
        }
    }

    private void write() throws IOException {
        TransactionNotes notes = new TransactionNotes();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(log, Topic.TRANSACTION_STATE_TOPIC_NAME + "-*")) {
            for (Path directory : found) {
                try (Recovered coordinator = recover(UnifiedLog.parseTopicPartitionName(directory.toFile()))) {
                    coordinator.segments.values().forEach(segment -> notes.add(segment.log()));
                }
            }
        }
        for (TopicPartition partition : notes.partitions()) {
            if (Files.isDirectory(log.resolve(partition.toString()))) {
                write(notes, partition);
            }
        }
    }

    private void write(TransactionNotes notes, TopicPartition partition) throws IOException {
        try (Recovered recovered = recover(partition)) {
            for (ProducerStateEntry producer :
                    recovered.producers.activeProducers().values()) {
                if (producer.currentTxnFirstOffset().isPresent()) {
                    Open open = new Open(partition, producer.producerId(), producer.producerEpoch());
                    Optional<End> end = notes.missingEnd(open);
                    if (end.isPresent()) {
                        long offset = recovered.append(open.producer(), end.get());
                        LOG.info(
                                "After an unclean stop {} lacked the end of a transaction: {} of producer {} is written at offset {}",
                                partition,
                                end.get().marker().controlType(),
                                open.producer(),
                                offset);
                    }
                }
            }
        }
    }

    /** Recovers the files, as the broker does after an unclean stop and again when it starts. */
    private Recovered recover(TopicPartition partition) throws IOException {
        File directory = log.resolve(partition.toString()).toFile();
        LogConfig config = new LogConfig(Map.of());
        LogSegments segments = new LogSegments(partition);
        ProducerStateManager producers = new ProducerStateManager(
                partition,
                directory,
                TRANSACTION_TIMEOUT_MILLIS,
                new ProducerStateManagerConfig(PRODUCER_EXPIRATION_MILLIS, false),
                Time.SYSTEM);
        LeaderEpochFileCache epochs =
                UnifiedLog.createLeaderEpochCache(directory, partition, failures, Optional.empty(), scheduler);
        LoadedLogOffsets loaded = new LogLoader(
                        directory,
                        partition,
                        config,
                        scheduler,
                        Time.SYSTEM,
                        failures,
                        false,
                        segments,
                        starts.getOrDefault(partition, 0L),
                        recoveryPoints.getOrDefault(partition, 0L),
                        epochs,
                        producers,
                        new ConcurrentHashMap<>(),
                        false)
                .load();
        return new Recovered(segments, producers, epochs, loaded.nextOffsetMetadata().messageOffset);
    }

    private static final class Recovered implements AutoCloseable {
        private final LogSegments segments;
        private final ProducerStateManager producers;
        private final int leaderEpoch;
        private long next;

        Recovered(LogSegments segments, ProducerStateManager producers, LeaderEpochFileCache epochs, long next) {
            this.segments = segments;
            this.producers = producers;
            this.leaderEpoch = epochs.latestEpoch().orElse(0);
            this.next = next;
        }

        /** Returns the offset of the marker when it is on disk. */
        long append(long producer, End end) throws IOException {
            long offset = next++;
            MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                    offset, Time.SYSTEM.milliseconds(), leaderEpoch, producer, end.epoch(), end.marker());
            LogSegment active = segments.activeSegment();
            active.append(offset, marker);
            active.flush();
            return offset;
        }

        @Override
        public void close() throws IOException {
            segments.close();
        }
    }
}
