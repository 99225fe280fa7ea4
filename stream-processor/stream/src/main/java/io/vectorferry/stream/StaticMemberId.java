package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/**
 * The group member's name, kept beside the state: a process killed and started again takes its partitions back at once,
 * where a nameless member would first have to be missed for a session. The state directory's lock keeps a second
 * process from bearing it.
 */
final class StaticMemberId {
    private static final String FILE = "member-id";

    private StaticMemberId() {}

    static String in(Path stateDir) {
        Path file = stateDir.resolve(FILE);
        try {
            return UUID.fromString(Files.readString(file).strip()).toString();
        } catch (NoSuchFileException | IllegalArgumentException e) {
            // The first start here, or one that was killed while it wrote.
            return written(stateDir, file);
        } catch (IOException e) {
            throw unusable(stateDir, e);
        }
    }

    private static String written(Path stateDir, Path file) {
        String id = UUID.randomUUID().toString();
        try {
            OwnerOnly.createDirectories(stateDir);
            Files.writeString(file, id);
            return id;
        } catch (IOException e) {
            throw unusable(stateDir, e);
        }
    }

    private static FerryException unusable(Path stateDir, IOException e) {
        return FerryException.misconfigured(
                "the state directory %s cannot be used: %s".formatted(stateDir, e.getMessage()),
                "Set data.dir to a directory that this user can write to, on a disk with free space.",
                e);
    }
}
