package io.vectorferry.verify.notes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.verify.notes.PassedVerifications.PassedVerification;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From which verification another one may go on. */
public class PassedVerificationsTest {
    private static final Instant BEGUN = Instant.parse("2026-11-21T13:00:00Z");
    private static final Instant NOW = BEGUN.plus(Duration.ofDays(7));
    private static final TopicEnds PLACE = place(7);
    private static final TopicEnds LATER = place(9);

    @TempDir
    public Path directory;

    @Test
    void theLastOneThatPassedIsFoundByAnotherProcessAndSaysWhenEveryRowWasLookedAt() {
        of("a").passedFully(BEGUN, "0/1", PLACE);
        PassedVerification full = of("a").last(NOW);
        assertThat(full.begun()).isEqualTo(BEGUN.toString());
        assertThat(full.place()).isEqualTo(PLACE);

        of("a").passedSince(full, BEGUN.plus(Duration.ofHours(1)), "0/2", LATER);

        PassedVerification last = of("a").last(NOW);
        assertThat(last.begun()).isEqualTo("2026-11-21T14:00:00Z");
        assertThat(last.fullBegun()).isEqualTo(BEGUN.toString());
        assertThat(last.barrier()).isEqualTo("0/2");
        assertThat(last.place()).isEqualTo(LATER);
    }

    @Test
    void noneIsFoundBeforeTheFirstOneUnderOtherSettingsAndAfterOneThatFailed() {
        assertRefused(of("a"));
        of("a").passedFully(BEGUN, "0/1", PLACE);
        assertRefused(of("b"));
        of("a").failedFully();
        assertRefused(of("a"));
    }

    @Test
    void noneIsFoundOnceDeletionsThatCameAfterItMayBeForgotten() {
        of("a").passedFully(BEGUN.minusSeconds(1), "0/1", PLACE);

        assertRefused(of("a"));
    }

    private static void assertRefused(PassedVerifications passed) {
        assertThatThrownBy(() -> passed.last(NOW))
                .isInstanceOfSatisfying(FerryException.class, refused -> assertThat(refused.remedy())
                        .contains("ferry verify --full"));
    }

    private PassedVerifications of(String settings) {
        return new PassedVerifications(directory.resolve("passed").resolve("lake.json"), List.of(settings));
    }

    private static TopicEnds place(long offset) {
        return new TopicEnds(Map.of("p.changes", new TopicEnds.Ends("kK3", List.of(0L, offset))));
    }
}
