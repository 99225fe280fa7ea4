package io.vectorferry.app;

import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs the demo as training, from which the JVM keeps what it loaded, linked and found hot (JEP 483, 514 and 515). */
@Command(
        name = "prepare",
        description = "Speeds up later starts: runs the demo once and caches what the JVM loaded and compiled.",
        footer = {"", "Example: ferry prepare"})
final class PrepareCommand implements Callable<Integer> {
    /** Set by the launcher, which passes the file to every JVM that it starts. */
    static final String START_CACHE = "ferry.start-cache";

    private static final int FIRST_VERSION = 25;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Path cache = cache();
        Path recorded = cache.resolveSibling(cache.getFileName() + ".new");
        Path log = cache.resolveSibling(cache.getFileName() + ".log");
        PrintWriter out = spec.commandLine().getOut();
        out.println("running the demo for the cache; takes less than a minute …");
        out.flush();
        try {
            record(recorded, log);
            Files.move(recorded, cache, StandardCopyOption.ATOMIC_MOVE);
            out.printf(
                    Locale.ROOT,
                    "later starts use %s (%,d MB), until ferry is rebuilt%n",
                    cache,
                    Files.size(cache) / 1_000_000);
            out.flush();
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "the demo run left no cache in %s: %s".formatted(cache.getParent(), e.getMessage()),
                    "See %s. Without a cache, ferry starts as before.".formatted(log),
                    e);
        }
        return ExitCode.DONE;
    }

    private static Path cache() {
        int version = Runtime.version().feature();
        if (version < FIRST_VERSION) {
            throw FerryException.misconfigured(
                    "JDK %d does not support this cache".formatted(version),
                    "Set JAVA_HOME to a JDK of version %d or newer; with this one ferry starts as before."
                            .formatted(FIRST_VERSION));
        }
        return Optional.ofNullable(System.getProperty(START_CACHE))
                .map(Path::of)
                .orElseThrow(() -> FerryException.misconfigured(
                        "ferry was not started by its launcher, and only the launcher uses the cache",
                        "Start it as ./ferry prepare."));
    }

    /** The JVM writes the cache when the demo has ended. */
    private static void record(Path into, Path log) throws IOException, InterruptedException {
        // With the options of this process: the JVM takes a cache for nothing else.
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-XX:AOTCacheOutput=" + into);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Ferry.class.getName(), "demo"));
        int exitCode = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        if (exitCode != ExitCode.DONE) {
            throw new IOException("the demo ended with exit code " + exitCode);
        }
    }
}
