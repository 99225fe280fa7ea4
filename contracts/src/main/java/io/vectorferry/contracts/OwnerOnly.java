package io.vectorferry.contracts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files and directories that no other user of the machine can read or write, where the file system knows of users. */
public final class OwnerOnly {
    private OwnerOnly() {}

    /** Creates a directory with those above it that are missing. One that exists keeps its rights. */
    public static Path createDirectories(Path directory) throws IOException {
        return Files.createDirectories(directory, attributes(directory, "rwx------"));
    }

    /** Creates a directory that is ours alone. Others lose the rights on one that exists: earlier versions let them in. */
    public static Path own(Path directory) throws IOException {
        restrict(createDirectories(directory));
        return directory;
    }

    /** Creates the directory of a file. */
    public static void createParent(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            createDirectories(directory);
        }
    }

    /** Creates a file in place of another one. */
    public static void createFile(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, attributes(file, "rw-------"));
    }

    /** Takes the rights of others on a directory that exists. */
    public static void restrict(Path directory) throws IOException {
        if (isPosix(directory)) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static FileAttribute<?>[] attributes(Path path, String rights) {
        return isPosix(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights))}
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
