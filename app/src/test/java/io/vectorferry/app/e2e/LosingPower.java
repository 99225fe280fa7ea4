package io.vectorferry.app.e2e;

import io.vectorferry.app.pipeline.LoadedPipeline;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.deploy.LogFiles;
import io.vectorferry.producer.ProducerOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Ferry on a machine that loses its power: it leaves the broker's files as a disk may have them then. Of what was not
 * synced a part is there, in each file another one.
 */
final class LosingPower {
    /** Kafka syncs its metadata itself. */
    private static final String METADATA = "__cluster_metadata-0";

    /** What is written in this time may be lost. */
    private static final Duration UNSYNCED = Duration.ofMillis(400);

    private static final String CUT = "bytes lost: ";

    private final Path kafka;
    private final Path image;
    private final Random random;
    private long cut;

    private LosingPower(Path kafka, Path image, Random random) {
        this.kafka = kafka;
        this.image = image;
        this.random = random;
    }

    /** @param arguments the pipeline file, where to leave the broker's files, after how many milliseconds, a seed */
    public static void main(String[] arguments) {
        LoadedPipeline pipeline = LoadedPipeline.read(Path.of(arguments[0]), List.of());
        PipelineProcess process =
                PipelineProcess.start(pipeline, Set.of(StageKind.values()), new ProducerOptions(false));
        LockSupport.parkNanos(Duration.ofMillis(Long.parseLong(arguments[2])).toNanos());
        LosingPower loss = new LosingPower(
                pipeline.config().dataDir().resolve("kafka").toAbsolutePath(),
                Path.of(arguments[1]),
                new Random(Long.parseLong(arguments[3])));
        LogFiles files = process.logFiles().orElseThrow();
        // What is done meanwhile stands on what was synced before.
        files.whileNothingIsSynced(() -> {
            LockSupport.parkNanos(UNSYNCED.toNanos());
            loss.leave(files.syncedBytes());
            System.out.println(CUT + loss.cut);
            Runtime.getRuntime().halt(0);
        });
    }

    /** How many bytes were lost, of a line of its output. */
    static long cutIn(String line) {
        return line.startsWith(CUT) ? Long.parseLong(line.substring(CUT.length())) : 0;
    }

    private void leave(Map<Path, Long> synced) {
        try (Stream<Path> all = Files.walk(kafka)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                leave(file, synced.getOrDefault(file, 0L));
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
            boolean segment = name.endsWith(".log") && !file.getParent().endsWith(METADATA);
            long size = Files.size(file);
            long kept = segment ? kept(Math.min(synced, size), size) : size;
            cut += size - kept;
            copy(file, copy, kept);
        } catch (NoSuchFileException e) {
            // deleted meanwhile
        }
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
