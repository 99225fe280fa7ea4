package io.vectorferry.deploy.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A server as a process that this one owns: started, killed and started again on one directory, its output in {@code server.log}
 * there, and gone with the JVM. For one thread.
 */
public final class ServerProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 50;

    private final String name;
    private final Path directory;
    private final List<String> command;
    private final Thread shutdownHook;
    private @Nullable Process process;

    /** Starts nothing yet. */
    ServerProcess(String name, Path directory, List<String> command) {
        this.name = name;
        this.directory = directory;
        this.command = List.copyOf(command);
        this.shutdownHook = new Thread(this::kill, name + "-stop");
        Runtime.getRuntime().addShutdownHook(shutdownHook);
    }

    /** Returns when {@code answers}. */
    public void start(BooleanSupplier answers) {
        try {
            Process starting = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("server.log").toFile())
                    .start();
            process = starting;
            await(starting, answers);
        } catch (IOException e) {
            throw new UncheckedIOException("no %s on %s".formatted(name, directory), e);
        }
    }

    private void await(Process starting, BooleanSupplier answers) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        try {
            while (!answers.getAsBoolean()) {
                if (!starting.isAlive() || System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("%s did not start:%n%s".formatted(name, log()));
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while %s started".formatted(name), e);
        }
    }

    /** Kills the server, like a power failure. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
    }

    /** Stops the process cleanly. */
    public void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        running.destroy();
        try {
            if (!running.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                running.destroyForcibly().onExit().join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running.destroyForcibly();
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("server.log"));
        } catch (IOException e) {
            return "(no log)";
        }
    }

    @Override
    public void close() {
        stop();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // the JVM is going down already, and the hook with it
        }
    }
}
