package io.vectorferry.app.e2e;

import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.deploy.broker.LogFiles;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.coordinator.transaction.TransactionLog;
import org.apache.kafka.coordinator.transaction.TransactionLog.TxnRecord;
import org.apache.kafka.coordinator.transaction.TransactionState;

/**
 * Ferry on a machine that loses its power: it leaves the broker's files as a disk may have them then. Of what was not
 * synced a part is there, in each file another one.
 */
final class LosingPower {
    private static final String TRANSACTIONS = "__transaction_state-";

    /** Kafka syncs its metadata itself, and each note of a transaction ({@code flush.messages=1}). */
    private static final List<String> SYNCED_BY_KAFKA = List.of("__cluster_metadata-", TRANSACTIONS);

    /** What is written in this time may be lost. */
    private static final Duration UNSYNCED = Duration.ofMillis(400);

    private static final int ATTEMPTS = 10;

    private static final String CUT = "bytes lost: ";

    private final Path kafka;
    private final Path image;
    private final Random random;
    private final Map<Path, Long> before;
    private long cut;

    private LosingPower(Path kafka, Path image, Random random) {
        this.kafka = kafka;
        this.image = image;
        this.random = random;
        this.before = sizes(kafka);
    }

    private static Map<Path, Long> sizes(Path kafka) {
        if (!Files.exists(kafka)) {
            return Map.of();
        }
        try (Stream<Path> all = Files.walk(kafka)) {
            return all.map(Path::toFile).filter(File::isFile).collect(Collectors.toMap(File::toPath, File::length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param arguments the pipeline file, where to leave the broker's files, after how many milliseconds, a seed */
    public static void main(String[] arguments) {
        LoadedPipeline pipeline = PipelineLoader.read(Path.of(arguments[0]), List.of());
        LosingPower loss = new LosingPower(
                pipeline.config().dataDir().resolve("kafka").toAbsolutePath(),
                Path.of(arguments[1]),
                new Random(Long.parseLong(arguments[3])));
        PipelineProcess process =
                PipelineProcess.start(pipeline, Set.of(StageKind.values()), new ProducerOptions(false));
        LockSupport.parkNanos(Duration.ofMillis(Long.parseLong(arguments[2])).toNanos());
        LogFiles files = process.logFiles().orElseThrow();
        // What is done meanwhile stands on what was synced before.
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            boolean isLast = attempt == ATTEMPTS;
            files.whileNothingIsSynced(() -> {
                long committed = loss.committed();
                LockSupport.parkNanos(UNSYNCED.toNanos());
                // What ends a transaction is lost only where one has ended meanwhile.
                if (isLast || loss.committed() > committed) {
                    loss.leave(files.syncedBytes());
                    System.out.println(CUT + loss.cut);
                    Runtime.getRuntime().halt(0);
                }
            });
        }
    }

    /** How many transactions are noted as completely committed. */
    private long committed() {
        try (Stream<Path> all = Files.walk(kafka)) {
            long found = 0;
            for (Path segment : all.filter(file -> file.toString().contains(TRANSACTIONS))
                    .filter(file -> file.toString().endsWith(".log"))
                    .toList()) {
                found += committed(segment);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long committed(Path segment) throws IOException {
        long found = 0;
        FileRecords notes = FileRecords.open(segment.toFile(), false);
        try {
            for (Record note : notes.records()) {
                boolean isCommit = TransactionLog.read(note.key(), note.value()) instanceof TxnRecord written
                        && written.metadata().state() == TransactionState.COMPLETE_COMMIT;
                found += isCommit ? 1 : 0;
            }
        } finally {
            notes.closeHandlers(); // an ordinary close cuts what the broker has added meanwhile
        }
        return found;
    }

    /** How many bytes were lost, of a line of its output. */
    static long cutIn(String line) {
        return line.startsWith(CUT) ? Long.parseLong(line.substring(CUT.length())) : 0;
    }

    private void leave(Map<Path, Long> synced) {
        try (Stream<Path> all = Files.walk(kafka)) {
            // Last what is synced by Kafka: nothing else may be ahead of it.
            for (Path file : all.filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(LosingPower::isSyncedByKafka))
                    .toList()) {
                // What was there at the start had survived a loss before.
                leave(file, Math.max(synced.getOrDefault(file, 0L), before.getOrDefault(file, 0L)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void leave(Path file, long synced) throws IOException {
        Path copy = image.resolve(kafka.relativize(file));
        Files.createDirectories(copy.getParent());
        String name = file.getFileName().toString();
        if (name.endsWith("index")) {
            return; // of 10 MB each, and Kafka makes them anew
        }
        try {
            boolean mayLose = name.endsWith(".log") && !isSyncedByKafka(file);
            long size = Files.size(file);
            long kept = mayLose ? kept(Math.min(synced, size), size) : size;
            cut += size - kept;
            copy(file, copy, kept);
        } catch (NoSuchFileException e) {
            // deleted meanwhile
        }
    }

    private static boolean isSyncedByKafka(Path file) {
        String partition = file.getName(file.getNameCount() - 2).toString();
        return SYNCED_BY_KAFKA.stream().anyMatch(partition::startsWith);
    }

    private long kept(long synced, long size) {
        return switch (random.nextInt(3)) {
            case 0 -> synced;
            case 1 -> size;
            default -> synced + random.nextLong(size - synced + 1);
        };
    }

    private static void copy(Path file, Path copy, long bytes) throws IOException {
        try (var in = Files.newInputStream(file);
                OutputStream out = Files.newOutputStream(copy)) {
            byte[] buffer = new byte[1 << 16];
            long left = bytes;
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    return;
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
    }
}
