package io.vectorferry.stores.chroma;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

public class ExactFloatsTest {
    /** A number that Chroma 1.5.9 returns as the one below. */
    private static final double LOST = Double.parseDouble("1.0973858761093513");

    @Test
    void mostNumbersAreKept() {
        Random random = new Random(5);
        int kept = 0;
        for (int i = 0; i < 100_000; i++) {
            kept += ExactFloats.isKept(random.nextGaussian()) ? 1 : 0;
        }
        assertThat(kept).isBetween(75_000, 95_000);
        for (double number : List.of(0.0, 1.0, -1.5, 0.1, 5.0, 1e22, 0.25, 123456.789, Double.MIN_VALUE)) {
            assertThat(ExactFloats.isKept(number)).as("%s", number).isTrue();
        }
        for (double number : List.of(-0.0, LOST, Double.NaN, Double.NEGATIVE_INFINITY)) {
            assertThat(ExactFloats.isKept(number)).as("%s", number).isFalse();
        }
    }

    @Test
    void theDigitsOfANumberThatSomebodyHasChangedSinceAreNotTaken() {
        assertThat(ExactFloats.isOf(Math.nextDown(LOST), LOST)).isTrue();
        assertThat(ExactFloats.isOf(0.0, -0.0)).isTrue();
        assertThat(ExactFloats.isOf(1.1, LOST)).isFalse();
        assertThat(ExactFloats.isOf(1, Double.NaN)).isFalse();
    }
}
