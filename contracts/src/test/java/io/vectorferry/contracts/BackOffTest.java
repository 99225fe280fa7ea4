package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackOffTest {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofMillis(1_800);

    @Test
    void eachPauseIsTwiceTheOneBeforeUpToTheLongest() {
        BackOff pauses = BackOff.exact(FIRST, LONGEST);
        assertThat(some(pauses)).containsExactly(500L, 1_000L, 1_800L, 1_800L);
    }

    @Test
    void afterAnAttemptThatSucceededItBeginsAgain() {
        BackOff pauses = BackOff.exact(FIRST, LONGEST);
        some(pauses);
        pauses.reset();
        assertThat(some(pauses)).containsExactly(500L, 1_000L, 1_800L, 1_800L);
    }

    @Test
    void aLongestThatIsShorterThanTheFirstHoldsFromTheSecondOn() {
        assertThat(some(BackOff.exact(FIRST, Duration.ofMillis(100)))).containsExactly(500L, 100L, 100L, 100L);
    }

    @Test
    void aJitteredPauseIsBetweenItsHalfAndTheWhole() {
        for (int run = 0; run < 1_000; run++) {
            List<Long> pauses = some(BackOff.jittered(FIRST, LONGEST));
            assertThat(pauses.get(0)).isBetween(250L, 500L);
            assertThat(pauses.get(1)).isBetween(500L, 1_000L);
            assertThat(pauses.get(2)).isBetween(900L, 1_800L);
            assertThat(pauses.get(3)).isBetween(900L, 1_800L);
        }
    }

    private static List<Long> some(BackOff pauses) {
        List<Long> millis = new ArrayList<>();
        for (int pause = 0; pause < 4; pause++) {
            millis.add(pauses.next().toMillis());
        }
        return millis;
    }
}
