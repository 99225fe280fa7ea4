package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.COLLECTION;
import static io.vectorferry.stream.TestPipelines.row;
import static io.vectorferry.stream.TestPipelines.text;
import static io.vectorferry.stream.TestPipelines.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.rules.EncodedRow;
import io.vectorferry.rules.Expected;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.rules.transform.RowValidation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What transforms, validation and id mapping make of one row. */
class RowContentTest {
    @Test
    void stepsApplyInTheFilesOrder() {
        Row row = kept(
                row("en", 3, 4),
                "transform:",
                "  - rename: {lang: language, embedding: vector}",
                "  - filter: \"language == 'en' && lang == null\"",
                "  - set: {version: 7, live: true, origin: articles}",
                "  - drop: [language]",
                "  - normalize: l2");

        assertThat(row.fields())
                .containsExactly(
                        new Field("live", FieldType.of(FieldType.Name.BOOL), new Value.Bool(true)),
                        text("origin", "articles"),
                        whole("version", 7));
        VectorColumn column = row.vector().orElseThrow();
        assertThat(column.name()).isEqualTo("vector");
        assertThat(column.vector()).isEqualTo(Vector.ofFloats(0.6f, 0.8f));
    }

    @Test
    void stepsApplyToEachOfSeveralVectors() {
        VectorColumn one = new VectorColumn("a", VectorElement.FLOAT32, 2, Vector.ofFloats(3, 4));
        VectorColumn two = new VectorColumn("b", VectorElement.FLOAT32, 2, Vector.ofFloats(0, 2));
        VectorColumn bits =
                new VectorColumn("c", VectorElement.BINARY, 8, Vector.ofBytes(VectorElement.BINARY, 8, new byte[] {1}));
        Row row = Row.of(List.of(one, two, bits), List.of());

        assertThat(kept(row, "transform:", "  - rename: {a: b, b: a}", "  - normalize: l2")
                        .vectors())
                .containsExactly(
                        new VectorColumn("b", VectorElement.FLOAT32, 2, Vector.ofFloats(0.6f, 0.8f)),
                        new VectorColumn("a", VectorElement.FLOAT32, 2, Vector.ofFloats(0, 1)),
                        bits);
        assertThat(kept(row, "transform:", "  - normalize: {b: l2}", "  - drop: [a]")
                        .vectors())
                .containsExactly(new VectorColumn("b", VectorElement.FLOAT32, 2, Vector.ofFloats(0, 1)), bits);
        assertThat(rejected(row, "transform:", "  - normalize: {c: l2}")).isEqualTo(ErrorType.SCHEMA);
        assertThat(rejected(row, "transform:", "  - rename: {b: a}")).isEqualTo(ErrorType.SCHEMA);
    }

    @Test
    void nanIsRefusedAndNullTreatedInWhicheverOfSeveralVectors() {
        VectorColumn fine = new VectorColumn("a", VectorElement.FLOAT32, 1, Vector.ofFloats(1));
        VectorColumn nan = new VectorColumn("b", VectorElement.FLOAT32, 1, Vector.ofFloats(Float.NaN));
        VectorColumn longer = new VectorColumn("b", VectorElement.FLOAT32, 1, Vector.ofFloats(1, 2));
        VectorColumn none = new VectorColumn("b", VectorElement.FLOAT32, 1, null);

        assertThat(rejected(Row.of(List.of(fine, nan), List.of()))).isEqualTo(ErrorType.DATA_CORRUPTION);
        assertThat(rejected(Row.of(List.of(fine, longer), List.of()))).isEqualTo(ErrorType.DIMENSION_MISMATCH);
        assertThat(expected(Row.of(List.of(fine, none), List.of()))).isInstanceOf(Expected.Present.class);
        assertThat(expected(Row.of(List.of(fine, none), List.of()), "nullVectors: skip"))
                .isInstanceOf(Expected.Excluded.class);
        assertThat(rejected(Row.of(List.of(fine, none), List.of()), "nullVectors: dead-letter"))
                .isEqualTo(ErrorType.SCHEMA);
    }

    @Test
    void namesMaySwap() {
        Row row = kept(row(text("a", "1"), text("b", "2")), "transform:", "  - rename: {a: b, b: a}");

        assertThat(row.fields()).containsExactly(text("b", "1"), text("a", "2"));
    }

    @Test
    void twoFieldsOfOneNameOrOneNamedIdAreRefused() {
        assertThat(rejected(row(text("a", "1"), text("b", "2")), "transform:", "  - rename: {a: b}"))
                .isEqualTo(ErrorType.SCHEMA);
        assertThat(rejected(row(text("id", "1")))).isEqualTo(ErrorType.SCHEMA);
        assertThatThrownBy(() -> expected(row(), "transform:", "  - rename: {a: id}"))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("key column");
    }

    @Test
    void aZeroVectorHasNoDirection() {
        assertThat(rejected(row("en", 0, 0), "transform:", "  - normalize: l2")).isEqualTo(ErrorType.DATA_CORRUPTION);
    }

    @Test
    void nullVectorsAreKeptSkippedOrRefused() {
        assertThat(expected(vector(VectorElement.FLOAT32, null))).isInstanceOf(Expected.Present.class);
        assertThat(expected(vector(VectorElement.FLOAT32, null), "nullVectors: skip"))
                .isInstanceOf(Expected.Excluded.class);
        assertThat(rejected(vector(VectorElement.FLOAT32, null), "nullVectors: dead-letter"))
                .isEqualTo(ErrorType.SCHEMA);
    }

    @Test
    void nanAndInfinityAreRefusedInFloat32() {
        assertThat(rejected(row("en", 1, Float.NaN))).isEqualTo(ErrorType.DATA_CORRUPTION);
        assertThat(rejected(row("en", Float.NEGATIVE_INFINITY, 1))).isEqualTo(ErrorType.DATA_CORRUPTION);
    }

    @ParameterizedTest
    @EnumSource(
            value = VectorElement.class,
            names = {"FLOAT16", "BFLOAT16"})
    void nanIsRefusedInHalfWidths(VectorElement element) {
        byte[] nanThenOne = {(byte) 0xFF, 0x7F, 0, 0x3C};

        assertThat(rejected(vector(element, Vector.ofBytes(element, 2, nanThenOne))))
                .isEqualTo(ErrorType.DATA_CORRUPTION);
    }

    @Test
    void aSparseVectorsIndicesAreNoFloats() {
        assertThat(expected(sparse(0x7F80_0000, 1f))).isInstanceOf(Expected.Present.class);
        assertThat(rejected(sparse(1, Float.NaN))).isEqualTo(ErrorType.DATA_CORRUPTION);
    }

    @Test
    void keysArePreservedAsNumbersTextOrCanonicalJson() {
        assertThat(preserved(new Value.Whole(Long.MAX_VALUE))).isEqualTo(new TargetKey.NumberId(Long.MAX_VALUE));
        assertThat(preserved(new Value.Text("a\"b"))).isEqualTo(new TargetKey.TextId("a\"b"));
        assertThat(preserved(new Value.Whole(-1), new Value.Text("a\"\\\n\u0001é"), Value.NULL))
                .isEqualTo(new TargetKey.TextId("[-1,\"a\\\"\\\\\\n\\u0001é\",null]"));
    }

    @Test
    void nameBasedIdsFollowTheStandard() {
        UUID dns = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

        assertThat(IdRule.uuid5(dns, "www.example.com"))
                .isEqualTo(UUID.fromString("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
    }

    @Test
    void anAllocatedIdIsNeverComputed() {
        assertThatThrownBy(() -> IdRule.computing(IdPolicy.ALLOCATE))
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("cannot be computed from its key");
    }

    @ParameterizedTest
    @ValueSource(strings = {"transform: []", "transform: [{set: {version: 7}}]"})
    void aRowIsRejectedByTheStreamProcessorAndByVerificationFromTheSameByteOn(String transform) {
        Row small = row(raw(0));
        int largest = RowValidation.MAX_ROW_BYTES - bytes(kept(small, transform)) + bytes(small);

        assertThat(expected(ofBytes(largest - 1), transform)).isInstanceOf(Expected.Present.class);
        assertThat(expected(ofBytes(largest), transform)).isInstanceOf(Expected.Present.class);
        assertThat(rejected(ofBytes(largest + 1), transform)).isEqualTo(ErrorType.SCHEMA);
    }

    @Test
    void aRowThatNoChangeCanCarryIsRejectedWhateverATransformLeavesOfIt() {
        TargetRules rules = new TargetRules(TestPipelines.pipeline("transform: [{drop: [a]}]"));

        assertThat(rules.of(ofBytes(Topics.MAX_RECORD_BYTES))).isInstanceOf(Expected.Present.class);
        assertThat(rules.of(ofBytes(Topics.MAX_RECORD_BYTES + 1))).isInstanceOf(Expected.Rejected.class);
    }

    /** Returns a row that takes so many bytes on the wire. */
    private static Row ofBytes(int bytes) {
        int others = bytes(row(raw(bytes))) - bytes;
        return row(raw(bytes - others));
    }

    private static Field raw(int bytes) {
        ByteString zeros = UnsafeByteOperations.unsafeWrap(new byte[bytes]);
        return new Field("a", FieldType.of(FieldType.Name.BYTES), new Value.Bytes(zeros));
    }

    private static int bytes(Row row) {
        return Objects.requireNonNull(Codecs.ROW.encode(row)).length;
    }

    private static TargetKey.Id preserved(Value... parts) {
        return IdRule.computing(IdPolicy.PRESERVE)
                .of(new SourceKey(COLLECTION, List.of(parts)))
                .id();
    }

    private static Row vector(VectorElement element, @Nullable Vector vector) {
        return new Row(new VectorColumn("embedding", element, 2, vector), List.of());
    }

    private static Row sparse(int index, float value) {
        byte[] entry = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(index)
                .putFloat(value)
                .array();
        Vector vector = Vector.ofBytes(VectorElement.SPARSE, Integer.MAX_VALUE, entry);
        return new Row(new VectorColumn("embedding", VectorElement.SPARSE, 0, vector), List.of());
    }

    /** Asserts that verification expects what the stream processor writes. */
    private static Expected expected(Row row, String... config) {
        TargetRules rules = new TargetRules(TestPipelines.pipeline(config));
        Expected expected = rules.of(row);
        switch (expected) {
            case Expected.Present(Row present) ->
                assertThat(written(rules, row)
                                .map(found -> Codecs.ROW.decode(found.content().toByteArray())))
                        .contains(present);
            case Expected.Excluded() -> assertThat(written(rules, row)).isEmpty();
            case Expected.Rejected(FerryException why) ->
                assertThatThrownBy(() -> written(rules, row))
                        .isInstanceOf(FerryException.class)
                        .hasMessage(why.getMessage());
        }
        return expected;
    }

    private static Optional<EncodedRow> written(TargetRules rules, Row row) {
        byte[] change = Objects.requireNonNull(
                Codecs.CHANGE.encode(new Change.Upsert(Change.Origin.CREATE, SourcePosition.stream(1, 1, 0), 1, row)));
        return rules.encoded(row, UnsafeByteOperations.unsafeWrap(change));
    }

    private static Row kept(Row row, String... config) {
        return ((Expected.Present) expected(row, config)).row();
    }

    private static ErrorType rejected(Row row, String... config) {
        return ((Expected.Rejected) expected(row, config)).error();
    }
}
