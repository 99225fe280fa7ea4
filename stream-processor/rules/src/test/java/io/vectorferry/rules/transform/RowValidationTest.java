package io.vectorferry.rules.transform;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowValidationTest {
    private static final List<Float> FINITE = List.of(
            0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE, 1f);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void aVectorIsRefusedForOneComponentThatIsNotFiniteWhereverItStands(int dimension) {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at = 0; at < dimension; at++) {
                float[] floats = new float[dimension];
                Arrays.fill(floats, -Float.MAX_VALUE);
                floats[at] = bad;
                assertThatThrownBy(() -> RowValidation.check(row(floats)))
                        .as("%s at %d of %d", bad, at, dimension)
                        .isInstanceOf(FerryException.class)
                        .hasMessageContaining("NaN or infinity");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8})
    void theEndsOfTheFiniteRangePass(int dimension) {
        for (float one : FINITE) {
            for (float other : FINITE) {
                float[] floats = new float[dimension];
                for (int i = 0; i < dimension; i++) {
                    floats[i] = i % 2 == 0 ? one : other;
                }
                assertThatCode(() -> RowValidation.check(row(floats))).doesNotThrowAnyException();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 40})
    void aNameThatIsTakenIsRefusedHoweverManyFieldsThereAre(int fields) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < fields; i++) {
            names.add("field" + i);
        }
        assertThatCode(() -> RowValidation.check(named(names))).doesNotThrowAnyException();
        for (String taken : List.of("field0", "id", "embedding")) {
            List<String> twice = new ArrayList<>(names);
            twice.set(fields - 1, taken);
            assertThatThrownBy(() -> RowValidation.check(named(twice)))
                    .as(taken)
                    .isInstanceOf(FerryException.class)
                    .hasMessageContaining(taken);
        }
    }

    private static Row row(float... floats) {
        return new Row(
                new VectorColumn("embedding", VectorElement.FLOAT32, floats.length, Vector.ofFloats(floats)),
                List.of());
    }

    private static Row named(List<String> names) {
        List<Field> fields = names.stream()
                .map(name -> new Field(name, FieldType.of(FieldType.Name.INT64), new Value.Whole(1)))
                .toList();
        return new Row(new VectorColumn("embedding", VectorElement.FLOAT32, 1, Vector.ofFloats(1)), fields);
    }
}
