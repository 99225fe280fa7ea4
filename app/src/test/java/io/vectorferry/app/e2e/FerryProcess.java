package io.vectorferry.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The {@code ferry} command as a user runs it: a process of its own that can be killed. */
public final class FerryProcess implements AutoCloseable {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);
    /** In front of the jars, as the launcher has it. */
    private static final Path NATIVE_LIBRARY = Path.of("target", "native");

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
        try {
            Path output = directory.resolve("ferry-%d.out".formatted(COUNT.incrementAndGet()));
            Path natives = Files.createDirectories(directory.resolve("tmp"));
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "@" + JVM_OPTIONS.toAbsolutePath(),
                    "-Xmn" + youngGeneration(arguments[0]),
                    "-Djava.io.tmpdir=" + natives.toAbsolutePath(),
                    "-cp",
                    NATIVE_LIBRARY.toAbsolutePath()
                            + File.pathSeparator
                            + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                    "io.vectorferry.app.Ferry"));
            command.addAll(1, compilerOfThisProcess());
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new FerryProcess(process, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the launcher has it. */
    private static String youngGeneration(String command) {
        return Set.of("demo", "run", "producer", "stream", "sink").contains(command) ? "1g" : "256m";
    }

    /** Tests do without the optimising one; benchmarks have it. */
    private static List<String> compilerOfThisProcess() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("-XX:TieredStopAtLevel="))
                .toList();
    }

    /** Runs a command to its end. */
    static Ended run(Path directory, Duration timeout, String... arguments) {
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

    String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As kill -9 does it. */
    void kill() {
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
