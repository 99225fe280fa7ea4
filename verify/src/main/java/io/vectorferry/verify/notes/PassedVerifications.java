package io.vectorferry.verify.notes;

import com.dynatrace.hash4j.hashing.Hashing;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.contracts.kafka.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;

/** The last verification of one target that passed, in a file: what another one need not look at again. */
public final class PassedVerifications {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final String settings;

    /** @param settings all on which what is equal depends: nothing follows from one that passed with others */
    public PassedVerifications(Path file, List<String> settings) {
        this.file = file;
        this.settings = Hashing.xxh3_128()
                .hashCharsTo128Bits(String.join("\n", settings))
                .toString();
    }

    /** Refused with its remedy when there is none, or when {@code records} may have forgotten deletions that came after it. */
    public PassedVerification last(Instant now) {
        if (!Files.exists(file)) {
            throw none("no full verification of this target has passed, or the last one failed");
        }
        try {
            PassedVerification passed = JSON.readValue(file.toFile(), PassedVerification.class);
            if (!passed.settings().equals(settings)) {
                throw none("the settings have changed since the last verification that passed");
            }
            if (Instant.parse(passed.begun()).plus(Topics.TOMBSTONE_RETENTION).isBefore(now)) {
                throw none(
                        "the last verification that passed began more than %d days ago, and deletions are not kept for longer"
                                .formatted(Topics.TOMBSTONE_RETENTION.toDays()));
            }
            return passed;
        } catch (IOException e) {
            throw none("%s cannot be read: %s".formatted(file, e.getMessage()));
        }
    }

    private static FerryException none(String problem) {
        return FerryException.misconfigured(
                problem, "Compare every row first (`ferry verify --full`), then use `--since-last`.");
    }

    /** @param begun when it began, and where the topics ended then */
    public void passedFully(Instant begun, String barrier, TopicEnds place) {
        keep(new PassedVerification(settings, begun.toString(), begun.toString(), barrier, place));
    }

    /** @param before the pass from which it started */
    public void passedSince(PassedVerification before, Instant begun, String barrier, TopicEnds place) {
        keep(new PassedVerification(settings, begun.toString(), before.fullBegun(), barrier, place));
    }

    /** Removes the pass: a run over changed rows alone would never see what the failed one found. */
    public void failedFully() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw VerificationNotes.unwritable(file, e);
        }
    }

    private void keep(PassedVerification passed) {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            OwnerOnly.createParent(file);
            Files.writeString(next, JSON.writeValueAsString(passed));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw VerificationNotes.unwritable(file, e);
        }
    }

    /**
     * One that found every row equal, or what came after such a one.
     *
     * @param settings a hash of all on which it depends
     * @param begun as ISO-8601 has it
     * @param fullBegun when the last one began that looked at every row
     * @param barrier the source's position at its last barrier
     * @param place where the pipeline's topics ended before it read the first row
     */
    public record PassedVerification(
            String settings, String begun, String fullBegun, String barrier, TopicEnds place) {}
}
