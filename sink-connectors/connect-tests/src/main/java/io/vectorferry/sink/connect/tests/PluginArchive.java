package io.vectorferry.sink.connect.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The archive that this build has made, as a user installs it. */
public record PluginArchive(Path file) {
    public static PluginArchive standard() {
        return new PluginArchive(Path.of(Optional.ofNullable(System.getProperty("connect.plugin.archive"))
                .orElseThrow(() -> new IllegalStateException("no archive: run these tests by mvn verify"))));
    }

    /** Names of the files in it. */
    public List<String> names() throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return zip.stream().map(ZipEntry::getName).toList();
        }
    }

    void unpackInto(Path directory) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                Path to = directory.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(to);
                } else {
                    Files.createDirectories(to.getParent());
                    Files.copy(zip.getInputStream(entry), to);
                }
            }
        }
    }
}
