package io.vectorferry.verify.notes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which notes of a run that was killed another one takes up. */
class VerificationNotesTest {
    private static final Instant BEGUN = Instant.parse("2026-11-21T13:00:00Z");
    private static final Optional<Long> ANY_SEED = Optional.empty();

    @TempDir
    Path parent;

    @Test
    void theNotesOfAKilledRunAreTakenUpWithItsSeedAndThoseOfAFinishedOneAreGone() throws IOException {
        long seed;
        try (VerificationNotes killed = open("a", ANY_SEED, false, BEGUN)) {
            assertThat(killed.takenUpFrom()).isEmpty();
            Files.createDirectories(killed.table(0));
            Files.writeString(killed.table(0).resolve("source.json"), "{}");
            seed = killed.seed();
        }

        try (VerificationNotes next = open("a", ANY_SEED, false, BEGUN.plus(Duration.ofHours(1)))) {
            assertThat(next.takenUpFrom()).contains(BEGUN);
            assertThat(next.seed()).isEqualTo(seed);
            assertThat(next.table(0).resolve("source.json")).exists();
            next.forget();
            assertThat(next.table(0)).doesNotExist();
        }
        try (VerificationNotes last = open("a", ANY_SEED, false, BEGUN.plus(Duration.ofHours(2)))) {
            assertThat(last.takenUpFrom()).isEmpty();
        }
    }

    @Test
    void thoseOfOtherSettingsOfAnotherSeedOfYesterdayAndThoseThatAreNotWantedAreBegunAnew() throws IOException {
        assertThat(takesUp("b", ANY_SEED, false, BEGUN)).isFalse();
        assertThat(takesUp("a", Optional.of(7L), false, BEGUN)).isFalse();
        assertThat(takesUp("a", ANY_SEED, false, BEGUN.plus(Duration.ofHours(25))))
                .isFalse();
        assertThat(takesUp("a", ANY_SEED, true, BEGUN)).isFalse();
        assertThat(takesUp("a", ANY_SEED, false, BEGUN)).isTrue();
    }

    @Test
    void aRunBesideAnotherOneKeepsItsOwnNotesAndLeavesNone() throws IOException {
        try (VerificationNotes first = open("a", ANY_SEED, false, BEGUN)) {
            try (VerificationNotes second = open("a", ANY_SEED, false, BEGUN)) {
                assertThat(second.takenUpFrom()).isEmpty();
                assertThat(second.table(0)).isNotEqualTo(first.table(0));
                Files.createDirectories(second.table(0));
            }
            try (var left = Files.list(parent)) {
                assertThat(left).hasSize(1);
            }
        }
    }

    private boolean takesUp(String settings, Optional<Long> seed, boolean anew, Instant now) throws IOException {
        open("a", Optional.of(6L), true, BEGUN).close();
        try (VerificationNotes next = open(settings, seed, anew, now)) {
            return next.takenUpFrom().isPresent();
        }
    }

    private VerificationNotes open(String settings, Optional<Long> seed, boolean anew, Instant now) {
        return VerificationNotes.open(
                parent.resolve("lake"), List.of(settings), seed, anew, Clock.fixed(now, ZoneOffset.UTC));
    }
}
