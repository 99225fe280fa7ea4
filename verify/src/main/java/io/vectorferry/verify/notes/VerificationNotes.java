package io.vectorferry.verify.notes;

import com.dynatrace.hash4j.hashing.Hashing;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints of the verification of one target on disk, which the next run resumes from if this one is killed. One
 * process owns them at a time; a concurrent one uses temporary ones. Not thread-safe.
 */
public final class VerificationNotes implements AutoCloseable {
    /** Maximum age: older data says little about the present state of the stores. */
    private static final Duration MAX_AGE = Duration.ofHours(24);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final @Nullable FileChannel lock;
    private final Run run;
    private final boolean takenUp;

    /** @param begun as ISO-8601 has it */
    private record Run(String settings, long seed, String begun) {
        boolean isOf(String otherSettings, Optional<Long> givenSeed, Instant now) {
            return settings.equals(otherSettings)
                    && givenSeed.filter(given -> given != seed).isEmpty()
                    && Instant.parse(begun).isAfter(now.minus(MAX_AGE));
        }
    }

    private VerificationNotes(Path directory, @Nullable FileChannel lock, Run run, boolean takenUp) {
        this.directory = directory;
        this.lock = lock;
        this.run = run;
        this.takenUp = takenUp;
    }

    /**
     * @param settings all on which the notes depend: notes of other settings are not resumed
     * @param seed as requested; empty: any, or that of the resumed run
     * @param anew ignores what another run has begun
     */
    public static VerificationNotes open(
            Path directory, List<String> settings, Optional<Long> seed, boolean anew, Clock clock) {
        String hash = Hashing.xxh3_128()
                .hashCharsTo128Bits(String.join("\n", settings))
                .toString();
        Instant now = clock.instant();
        Run begun = new Run(hash, seed.orElseGet(() -> System.nanoTime() & 0xFFFF_FFFFL), now.toString());
        try {
            OwnerOnly.own(directory);
            Optional<FileChannel> lock = lock(directory);
            if (lock.isEmpty()) {
                Path own = directory.resolveSibling("%s-%d"
                        .formatted(
                                directory.getFileName(), ProcessHandle.current().pid()));
                OwnerOnly.own(own);
                return new VerificationNotes(own, null, begun, false);
            }
            Optional<Run> before = anew
                    ? Optional.empty()
                    : read(runFile(directory), Run.class).filter(found -> found.isOf(hash, seed, now));
            if (before.isEmpty()) {
                clear(directory);
                Files.writeString(runFile(directory), JSON.writeValueAsString(begun));
            }
            return new VerificationNotes(directory, lock.get(), before.orElse(begun), before.isPresent());
        } catch (IOException e) {
            throw unwritable(directory, e);
        }
    }

    private static Optional<FileChannel> lock(Path directory) throws IOException {
        FileChannel file =
                FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            @Nullable FileLock lock = file.tryLock();
            if (lock != null) {
                return Optional.of(file);
            }
        } catch (OverlappingFileLockException e) {
            // this very process has it
        }
        file.close();
        return Optional.empty();
    }

    private static <T> Optional<T> read(Path file, Class<T> type) {
        try {
            return Files.exists(file) ? Optional.of(JSON.readValue(file.toFile(), type)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // what cannot be read is begun anew
        }
    }

    /** Returns when the resumed run began; empty if none was resumed. */
    public Optional<Instant> takenUpFrom() {
        return takenUp ? Optional.of(Instant.parse(run.begun())) : Optional.empty();
    }

    public long seed() {
        return run.seed();
    }

    /**
     * Returns where the pipeline's topics ended before the first row was read, also by the resumed run.
     *
     * @param now asked by a run that begins
     * @return empty where that run has not said it
     */
    public Optional<TopicEnds> beginning(Supplier<TopicEnds> now) {
        Path file = directory.resolve("place.json");
        if (takenUp) {
            return read(file, TopicEnds.class);
        }
        TopicEnds place = now.get();
        try {
            Files.writeString(file, JSON.writeValueAsString(place));
        } catch (IOException e) {
            throw unwritable(file, e);
        }
        return Optional.of(place);
    }

    /** Returns when the first row was read, also by the resumed run. */
    public Instant begun() {
        return Instant.parse(run.begun());
    }

    /** @param number of the table, the same one in every run */
    public Path table(int number) {
        return directory.resolve(Integer.toString(number));
    }

    /** Nothing of them is needed any more. */
    public void forget() {
        try {
            clear(directory);
        } catch (IOException e) {
            throw unwritable(directory, e);
        }
    }

    /** All but the lock's own file. */
    private static void clear(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(directory)) {
            all = found.filter(path -> !path.equals(directory) && !path.endsWith("lock"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    private static Path runFile(Path directory) {
        return directory.resolve("run.json");
    }

    public static FerryException unwritable(Path directory, IOException e) {
        return FerryException.misconfigured(
                "verification cannot write its files in %s: %s".formatted(directory, e.getMessage()),
                "Check the permissions and the free space of data.dir.",
                e);
    }

    /** Keeps the notes for the next run, unless they were removed. */
    @Override
    public void close() {
        try {
            if (lock == null) {
                clear(directory);
                Files.deleteIfExists(directory);
            } else {
                lock.close();
            }
        } catch (IOException e) {
            throw unwritable(directory, e);
        }
    }

    /**
     * @param seed empty: any
     * @param running whether a pipeline runs between the stores
     * @param anew takes up nothing
     */
    public static VerificationNotes open(
            LoadedPipeline pipeline, Target target, Optional<Long> seed, boolean running, boolean anew) {
        List<String> settings = new ArrayList<>(List.of(target.name(), Boolean.toString(running)));
        pipeline.settings().forEach(setting -> settings.add(setting.path() + "=" + setting.value()));
        return open("full", pipeline, target, settings, seed, anew);
    }

    /**
     * Returns the notes of a run that compares only what was touched since another one; it is short, so it is never
     * resumed.
     */
    public static VerificationNotes sinceLast(LoadedPipeline pipeline, Target target, Optional<Long> seed) {
        return open("since-last", pipeline, target, List.of(), seed, true);
    }

    private static VerificationNotes open(
            String kind,
            LoadedPipeline pipeline,
            Target target,
            List<String> settings,
            Optional<Long> seed,
            boolean anew) {
        return open(
                pipeline.config().dataDir().resolve("verify").resolve(kind).resolve(target.name()),
                settings,
                seed,
                anew,
                Clock.systemUTC());
    }
}
