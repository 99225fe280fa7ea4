package io.vectorferry.app.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file system of a few megabytes that a test may fill, enlarge and make read-only. Needs the right to mount. */
final class SmallDisk implements AutoCloseable {
    private final Path mounted;

    private SmallDisk(Path mounted) {
        this.mounted = mounted;
    }

    static boolean isPossible(Path directory) {
        try {
            Path probe = Files.createDirectories(directory.resolve("probe"));
            if (run(List.of("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe.toString())) != 0) {
                return false;
            }
            return run(List.of("umount", probe.toString())) == 0;
        } catch (IOException e) {
            return false; // there is no such command
        }
    }

    static SmallDisk mount(Path at, int megabytes) {
        try {
            Files.createDirectories(at);
            must(List.of("mount", "-t", "tmpfs", "-o", "size=%dm".formatted(megabytes), "tmpfs", at.toString()));
            return new SmallDisk(at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void enlarge(int megabytes) {
        must(List.of("mount", "-o", "remount,size=%dm".formatted(megabytes), mounted.toString()));
    }

    void makeReadOnly() {
        must(List.of("mount", "-o", "remount,ro", mounted.toString()));
    }

    void makeWritable() {
        must(List.of("mount", "-o", "remount,rw", mounted.toString()));
    }

    @Override
    public void close() {
        must(List.of("umount", "-l", mounted.toString()));
    }

    private static void must(List<String> command) {
        try {
            int exit = run(command);
            if (exit != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int run(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
