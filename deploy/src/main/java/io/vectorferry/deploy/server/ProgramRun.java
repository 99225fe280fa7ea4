package io.vectorferry.deploy.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end and returns what it printed; fails with its output when it fails. */
public final class ProgramRun {
    private ProgramRun() {}

    /** A server that the command leaves behind may hold its output open, so the output goes to a file. */
    public static String run(Duration timeout, List<String> command) {
        Path output = null;
        try {
            output = Files.createTempFile("vectorferry-command", ".log");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                throw new IllegalStateException("%s %s:%n%s"
                        .formatted(
                                String.join(" ", command),
                                ended ? "failed with " + process.exitValue() : "took longer than " + timeout,
                                printed));
            }
            return printed;
        } catch (IOException e) {
            throw new UncheckedIOException("%s could not be run: is it installed?".formatted(command.getFirst()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command.getFirst(), e);
        } finally {
            if (output != null) {
                output.toFile().delete();
            }
        }
    }
}
