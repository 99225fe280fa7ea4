package io.vectorferry.verify.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.verify.RandomRows;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowHasherTest {
    private static final int ROWS = 500;

    private final RowHasher hasher = new RowHasher();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void theSameContentSaidOtherwiseHasTheSameHashAndNoDifference(long seed) {
        RandomRows rows = new RandomRows(new Random(seed));
        for (int i = 0; i < ROWS; i++) {
            Row row = rows.row();
            Row other = rows.saidOtherwise(row);

            assertThat(hasher.of(other)).isEqualTo(hasher.of(row));
            assertThat(FieldDifference.between(row, other)).isEmpty();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void anyEditHoweverSmallChangesTheHashAndIsNamedOnce(long seed) {
        RandomRows rows = new RandomRows(new Random(seed));
        for (int i = 0; i < ROWS; i++) {
            Row row = rows.row();
            Row edited = rows.edited(row);

            assertThat(hasher.of(edited)).isNotEqualTo(hasher.of(row));
            assertThat(FieldDifference.between(row, edited)).hasSize(1);
        }
    }

    @Test
    void bothZerosOfAVectorAreDifferentBitsAndEveryNaNOfAFieldIsOne() {
        assertThat(hasher.of(vector(0.0f))).isNotEqualTo(hasher.of(vector(-0.0f)));
        assertThat(hasher.of(real(Float.NaN))).isEqualTo(hasher.of(real(Float.intBitsToFloat(0x7FC0_0001))));
        assertThat(hasher.of(real(0.0f))).isNotEqualTo(hasher.of(real(-0.0f)));
    }

    @Test
    void severalVectorsCountInAnyOrderAndEachOfThem() {
        VectorColumn a = new VectorColumn("a", VectorElement.FLOAT32, 1, Vector.ofFloats(1));
        VectorColumn b = new VectorColumn("b", VectorElement.FLOAT32, 1, Vector.ofFloats(2));
        VectorColumn changed = new VectorColumn("b", VectorElement.FLOAT32, 1, Vector.ofFloats(3));
        VectorColumn none = new VectorColumn("b", VectorElement.FLOAT32, 1, null);
        Row row = Row.of(List.of(a, b), List.of());

        assertThat(hasher.of(Row.of(List.of(b, a), List.of()))).isEqualTo(hasher.of(row));
        assertThat(FieldDifference.between(row, Row.of(List.of(b, a), List.of())))
                .isEmpty();
        assertThat(hasher.of(Row.of(List.of(a, none), List.of()))).isEqualTo(hasher.of(new Row(a, List.of())));
        assertThat(hasher.of(Row.of(List.of(a, changed), List.of()))).isNotEqualTo(hasher.of(row));
        assertThat(FieldDifference.between(row, Row.of(List.of(a, changed), List.of())))
                .extracting(FieldDifference::field)
                .containsExactly("b");
        assertThat(FieldDifference.between(row, new Row(a, List.of())))
                .containsExactly(new FieldDifference("b", "not in the target"));
        assertThat(FieldDifference.between(new Row(a, List.of()), row))
                .containsExactly(new FieldDifference("b", "only in the target"));
    }

    @Test
    void whatStandsInOneFieldIsNotMistakenForTwo() {
        assertThat(hasher.of(texts("a", "bc"))).isNotEqualTo(hasher.of(texts("ab", "c")));
    }

    private static Row vector(float component) {
        return new Row(new VectorColumn("embedding", VectorElement.FLOAT32, 1, Vector.ofFloats(component)), List.of());
    }

    private static Row real(float real) {
        return new Row(null, List.of(new Field("real", FieldType.of(FieldType.Name.REAL32), new Value.Real32(real))));
    }

    private static Row texts(String one, String other) {
        FieldType text = FieldType.of(FieldType.Name.TEXT);
        return new Row(
                null, List.of(new Field("a", text, new Value.Text(one)), new Field("b", text, new Value.Text(other))));
    }
}
