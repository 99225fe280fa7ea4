package io.vectorferry.contracts.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecsTest {
    private static final SourcePosition POSITION = SourcePosition.stream(3, -1L, 7);
    private static final SourceKey KEY =
            new SourceKey("public.Odd Docs", List.of(new Value.Whole(Long.MIN_VALUE), new Value.Text("é\0")));
    private static final Row ROW = new Row(
            new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(1f, -0f, Float.MIN_VALUE)),
            List.of(
                    field(FieldType.Name.BOOL, new Value.Bool(false)),
                    field(FieldType.Name.INT64, new Value.Whole(Long.MAX_VALUE)),
                    field(FieldType.Name.REAL32, new Value.Real32(Float.NaN)),
                    field(FieldType.Name.REAL64, new Value.Real64(-0.0)),
                    field(FieldType.Name.TEXT, new Value.Text("")),
                    field(FieldType.Name.BYTES, new Value.Bytes(ByteString.copyFrom(new byte[] {0, -1}))),
                    field(FieldType.Name.JSON, Value.NULL),
                    new Field("decimal", FieldType.decimal(20, -2), new Value.Text("1200")),
                    new Field(
                            "list",
                            FieldType.listOf(FieldType.Name.TEXT),
                            new Value.Items(List.of(Value.NULL, new Value.Text("x"))))));

    static List<Change> changes() {
        return List.of(
                new Change.Upsert(Change.Origin.SNAPSHOT, SourcePosition.snapshot(1), 1, ROW),
                new Change.Upsert(Change.Origin.CREATE, POSITION, 1, new Row(null, List.of())),
                new Change.Upsert(
                        Change.Origin.UPDATE,
                        POSITION,
                        1,
                        new Row(new VectorColumn("v", VectorElement.SPARSE, 40_000, null), List.of())),
                new Change.Delete(POSITION, 5),
                new Change.Truncate("public.articles", POSITION, 5),
                new Change.SnapshotComplete("public.articles", 2),
                new Change.BarrierMark(new Barrier("b", 9, "0/1A", 7, 5)),
                Change.Redrive.ofLetter(POSITION, ByteString.copyFromUtf8("original"), true));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void everyChangeComesBackAsItWas(Change change) {
        assertThat(Codecs.CHANGE.decode(Codecs.CHANGE.encode(change))).isEqualTo(change);
    }

    @Test
    void aRecordFromEncodedPartsIsTheRecordThatTheCodecWrites() {
        SourceKey key = new SourceKey("public.articles", List.of(new Value.Whole(7), new Value.Text("é")));
        SourcePosition position = new SourcePosition(2, SourcePosition.Phase.STREAM, 0x1A2B3C4L, 5);

        byte[] fromParts = Codecs.upsertRecord(
                Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key)),
                position,
                1_700_000_000_000_000L,
                ByteString.copyFrom(Objects.requireNonNull(Codecs.ROW.encode(ROW))));

        assertThat(fromParts)
                .isEqualTo(Codecs.RECORD.encode(new TargetRecord.Upsert(key, position, 1_700_000_000_000_000L, ROW)));
    }

    @Test
    void everyRecordComesBackAsItWasAndADeletionIsATombstone() {
        TargetRecord.Upsert upsert = new TargetRecord.Upsert(KEY, POSITION, 4, ROW);
        TargetRecord.BarrierMark mark = new TargetRecord.BarrierMark(new Barrier("b", 9, "", 0, 0));

        assertThat(Codecs.RECORD.decode(Codecs.RECORD.encode(upsert))).isEqualTo(upsert);
        assertThat(Codecs.RECORD.decode(Codecs.RECORD.encode(mark))).isEqualTo(mark);
        assertThat(Codecs.RECORD.encode(new TargetRecord.Delete())).isNull();
        assertThat(Codecs.RECORD.decode(null)).isEqualTo(new TargetRecord.Delete());
    }

    @Test
    void aKeysBytesBeginWithItsCollectionAlone() {
        byte[] prefix = bytes(new SourceKey(KEY.collection(), List.of()));
        byte[] key = bytes(KEY);

        assertThat(Arrays.copyOf(key, prefix.length)).isEqualTo(prefix);
        assertThat(Codecs.SOURCE_KEY.decode(key)).isEqualTo(KEY);
    }

    @Test
    void aDecodedVectorIsReadFromIndexZero() {
        Row decoded = Codecs.ROW.decode(Codecs.ROW.encode(ROW));

        Vector vector = decoded.vector().flatMap(VectorColumn::value).orElseThrow();
        assertThat(vector.buffer().getFloat(0)).isEqualTo(1f);
        assertThat(vector.buffer().remaining()).isEqualTo(3 * Float.BYTES);
    }

    @Test
    void bytesOfAnotherKindAreRefused() {
        assertThatThrownBy(() -> Codecs.CHANGE.decode(new byte[] {1, 2, 3}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Codecs.CHANGE.decode(null)).isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] bytes(SourceKey key) {
        return Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key));
    }

    private static Field field(FieldType.Name name, Value value) {
        return new Field(name.name(), FieldType.of(name), value);
    }
}
