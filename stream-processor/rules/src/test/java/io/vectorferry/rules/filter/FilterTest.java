package io.vectorferry.rules.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {
    private static final Row ROW = new Row(
            null,
            List.of(
                    new Field("lang", FieldType.of(FieldType.Name.TEXT), new Value.Text("en")),
                    new Field("year", FieldType.of(FieldType.Name.INT64), new Value.Whole(2024)),
                    new Field("big", FieldType.of(FieldType.Name.INT64), new Value.Whole(9_007_199_254_740_993L)),
                    new Field("price", FieldType.decimal(10, 2), new Value.Text("12.50")),
                    new Field("score", FieldType.of(FieldType.Name.REAL64), new Value.Real64(0.5)),
                    new Field("ok", FieldType.of(FieldType.Name.BOOL), new Value.Bool(true)),
                    new Field("gone", FieldType.of(FieldType.Name.TEXT), Value.NULL)));

    @ParameterizedTest(name = "passes: {0}")
    @ValueSource(
            strings = {
                "lang == 'en'",
                "lang != \"de\" && year >= 2024",
                "lang in ['de', 'en']",
                "!(lang == 'de') && (year < 2000 || year > 2020)",
                "ok",
                "!false",
                "gone == null",
                "unknown == null",
                "unknown != 'en'",
                "big == 9007199254740993",
                "price > 12.4 && price == 12.5",
                "score <= 0.5",
                "year in [1, 2024]",
                "`lang` == 'en'",
                "lang == 'it\\'s' || year == 2024.0",
            })
    void passes(String filter) {
        assertThat(FilterParser.parse(filter).holds(ROW)).isTrue();
    }

    @ParameterizedTest(name = "stops: {0}")
    @ValueSource(
            strings = {
                "lang == 'EN'",
                "gone > 1",
                "unknown < 1",
                "lang",
                "year",
                "lang == 1",
                "big == 9007199254740992",
                "ok && lang == 'de'",
                "lang in ['de']"
            })
    void stops(String filter) {
        assertThat(FilterParser.parse(filter).holds(ROW)).isFalse();
    }

    @ParameterizedTest(name = "{0} is refused at column {1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "lang = 'en';6",
                "size(lang) > 1;1",
                "lang == ;8",
                "lang == 'en' lang;14",
                "(lang == 'en';14",
                "lang in 'en';9",
                "year == 99999999999999999999;9",
                "lang == 'en;9"
            })
    void aTypoIsRefusedAtTheStartAndItsPlaceIsShown(String filter, int column) {
        assertThatThrownBy(() -> FilterParser.parse(filter))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("column " + column)
                .extracting(e -> ((FerryException) e).kind())
                .isEqualTo(FerryException.Kind.MISCONFIGURED);
    }
}
