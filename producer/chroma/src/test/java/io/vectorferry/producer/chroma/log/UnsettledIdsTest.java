package io.vectorferry.producer.chroma.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UnsettledIdsTest {
    private final UnsettledIds ids = new UnsettledIds();

    @Test
    void whatTheLogNamedIsReadAgainAfterASecondAndAfterHalfAMinute() {
        ids.add("articles", Set.of("a"), at(0));
        ids.add("articles", Set.of("b"), at(700));
        ids.add("notes", Set.of("c"), at(0));
        assertThat(ids.due("articles", at(999))).isEmpty();

        assertThat(ids.due("articles", at(1_000))).containsExactly("a");
        ids.readAgain("articles", at(1_000));

        assertThat(ids.due("articles", at(2_000))).containsExactly("b");
        ids.readAgain("articles", at(2_000));
        assertThat(ids.due("articles", at(29_999))).isEmpty();
        assertThat(ids.due("articles", at(31_000))).containsExactlyInAnyOrder("a", "b");
        ids.readAgain("articles", at(31_000));
        assertThat(ids.due("articles", at(99_000))).isEmpty();
        assertThat(ids.due("notes", at(1_000))).containsExactly("c");
    }

    @Test
    void aLookThatDidNotComeToItsEndLeavesThemDue() {
        ids.add("articles", Set.of("a"), at(0));

        assertThat(ids.due("articles", at(1_500))).containsExactly("a");
        assertThat(ids.due("articles", at(2_500))).containsExactly("a");
    }

    private static long at(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }
}
