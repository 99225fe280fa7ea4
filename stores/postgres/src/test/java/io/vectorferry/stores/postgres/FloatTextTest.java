package io.vectorferry.stores.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.row.FloatText;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTextTest {
    private static final int PATTERNS = 1_000_000;

    @Test
    void parsesEveryKindOfFloatBitForBitAsTheLibraryDoes() {
        Random random = new Random(17);
        for (int i = 0; i < PATTERNS; i++) {
            float expected = i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : random.nextFloat() - 0.5f;
            if (Float.isFinite(expected)) {
                String text = i % 3 == 0
                        ? Float.toString(expected)
                        : Float.toString(expected).replace("E", "e");
                assertThat(Float.floatToRawIntBits(parsed(text))).as(text).isEqualTo(Float.floatToRawIntBits(expected));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-0",
                "0.1",
                "1e-07",
                "1.17549435e-38",
                "3.4028235e+38",
                "16777217",
                "0.30000001192092896",
                "9007199791611905",
                "12345678901234567890123",
                "0.0000000000000000000001234",
                "NaN",
                "-Infinity"
            })
    void parsesThePeculiarOnes(String text) {
        assertThat(Float.floatToRawIntBits(parsed(text))).isEqualTo(Float.floatToRawIntBits(Float.parseFloat(text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{1,NULL}", "{{1,2},{3,4}}"})
    void refusesArraysThatAreNoVectors(String text) {
        assertThatThrownBy(() -> VectorText.parse(VectorElement.FLOAT32, 0, text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1,2,x]", "[1,,2]", "[1e,2]", "[-,2]", "[1.2.3,4]", "[1,2é]"})
    void refusesWhatIsNoNumber(String text) {
        assertThatThrownBy(() -> VectorText.parse(VectorElement.FLOAT32, 0, text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 9})
    void readsAsManyNumbersAsThereAreWhateverTheColumnDeclares(int declared) {
        assertThat(VectorText.parse(VectorElement.FLOAT32, declared, "[1,-2.5,3]"))
                .isEqualTo(Vector.ofFloats(1f, -2.5f, 3f));
        assertThat(VectorText.parse(VectorElement.FLOAT16, declared, "[1,-2.5,3]"))
                .isEqualTo(Vector.ofBytes(
                        VectorElement.FLOAT16, 3, new byte[] {0x00, 0x3C, 0x00, (byte) 0xC1, 0x00, 0x42}));
    }

    private static float parsed(String text) {
        return new FloatText(text.getBytes(StandardCharsets.ISO_8859_1), 0).next();
    }
}
