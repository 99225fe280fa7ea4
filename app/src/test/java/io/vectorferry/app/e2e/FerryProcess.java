package io.vectorferry.app.e2e;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.Ferry;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The {@code ferry} command as a user runs it: a process of its own that can be killed. */
public final class FerryProcess implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration PREPARE_TIMEOUT = Duration.ofMinutes(5);
    /** In front of Lance's jar, as the launcher has it. */
    private static final Path NATIVE_LIBRARY = Path.of("target", "native");

    /** The launcher's class path and cache, of which a benchmark may measure what `ferry prepare` gains. */
    private static final List<Path> JARS =
            List.of(Path.of("target", "vectorferry-app-native.jar"), Path.of("target", "vectorferry-app.jar"));

    private static final Path START_CACHE = Path.of("target", "benchmark.aot");
    private static final boolean PREPARED = Boolean.getBoolean("benchmark.prepared");

    /** The launcher's own. */
    public static final Path JVM_OPTIONS = Path.of("src", "main", "jvm", "ferry.options");

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path output;

    private FerryProcess(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    public static FerryProcess start(Path directory, String... arguments) {
        return start(directory, Ferry.class, List.of(), arguments);
    }

    /** @param flags of the JVM beside the launcher's */
    static FerryProcess start(Path directory, List<String> flags, String... arguments) {
        return start(directory, Ferry.class, flags, arguments);
    }

    /** @param main whose main method runs, with the launcher's options */
    static FerryProcess start(Path directory, Class<?> main, String... arguments) {
        return start(directory, main, List.of(), arguments);
    }

    private static FerryProcess start(Path directory, Class<?> main, List<String> flags, String... arguments) {
        try {
            Path output = directory.resolve("ferry-%d.out".formatted(COUNT.incrementAndGet()));
            Path natives = Files.createDirectories(directory.resolve("tmp"));
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "@" + JVM_OPTIONS.toAbsolutePath(),
                    "-XX:InitialHeapSize=" + initialHeap(arguments[0]),
                    "-Djava.io.tmpdir=" + natives.toAbsolutePath(),
                    "-cp",
                    classPath(),
                    main.getName()));
            command.addAll(1, compilerOfThisProcess());
            command.addAll(1, startCache(arguments[0]));
            command.addAll(1, flags);
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "4"); // as the launcher has it
            return new FerryProcess(builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the launcher has it. */
    private static String initialHeap(String command) {
        return Set.of("demo", "prepare", "run", "producer", "stream", "sink").contains(command) ? "1g" : "256m";
    }

    private static String classPath() {
        return PREPARED
                ? JARS.stream().map(Path::toAbsolutePath).map(Path::toString).collect(joining(File.pathSeparator))
                : NATIVE_LIBRARY.toAbsolutePath()
                        + File.pathSeparator
                        + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static List<String> startCache(String command) {
        if (!PREPARED) {
            return List.of();
        }
        Path cache = START_CACHE.toAbsolutePath();
        return command.equals("prepare")
                ? List.of("-Dferry.start-cache=" + cache)
                : List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off,cds*=off");
    }

    /** Tests do without the optimising one; benchmarks have it. */
    private static List<String> compilerOfThisProcess() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-XX:TieredStopAtLevel="))
                .toList();
    }

    /** Before a benchmark that measures ferry as `ferry prepare` leaves it; otherwise nothing. */
    public static void prepare() {
        if (PREPARED) {
            Ended ended = run(Objects.requireNonNull(START_CACHE.getParent()), PREPARE_TIMEOUT, "prepare");
            if (ended.exitCode() != 0) {
                throw new IllegalStateException(ended.output());
            }
        }
    }

    /** Runs a command to its end. */
    public static Ended run(Path directory, Duration timeout, String... arguments) {
        try (FerryProcess ferry = start(directory, arguments)) {
            return ferry.awaitEnd(timeout);
        }
    }

    public record Ended(int exitCode, String output) {
        public JsonNode json() {
            try {
                return JSON.readTree(output.substring(output.indexOf('{')));
            } catch (IOException e) {
                throw new UncheckedIOException(output, e);
            }
        }
    }

    public Ended awaitEnd(Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("ferry did not end within %s:%n%s".formatted(timeout, output()));
            }
            return new Ended(process.exitValue(), output());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public boolean endsWithin(Duration wait) throws InterruptedException {
        return process.waitFor(wait.toMillis(), TimeUnit.MILLISECONDS);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As a supervisor does it, with SIGTERM, without waiting for the end. */
    void terminate() {
        process.destroy();
    }

    /** As kill -9 does it. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** As Ctrl-C does it. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                kill();
                throw new AssertionError("ferry did not stop when asked to:\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            kill();
        }
    }
}
