package io.vectorferry.contracts.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our codecs against the classes that protoc generates from message.proto, byte for byte: keys and hashes depend on it. */
class WireFormatTest {
    private static final int SEEDS = 300;

    /** The row of the test below, as the build before several vectors encoded it. */
    private static final String WRITTEN_BY_0_1 =
            "0a190a09656d62656464696e67180222080000803f000000c0280212110a057469746c65120208071a042a02c3a9";

    static LongStream seeds() {
        return LongStream.range(0, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aChangeHasTheBytesOfItsGeneratedMessageAndIsReadFromThem(long seed) {
        RandomMessages random = new RandomMessages(new Random(seed));
        Change.Upsert change = new Change.Upsert(random.origin(), random.position(), random.number(), random.row());

        byte[] generated = GeneratedMessages.of(change).toByteArray();

        assertThat(Codecs.CHANGE.encode(change)).isEqualTo(generated);
        assertThat(Codecs.CHANGE.decode(generated)).isEqualTo(change);
        assertThat(Codecs.rowOf(UnsafeByteOperations.unsafeWrap(generated)).toByteArray())
                .isEqualTo(Codecs.ROW.encode(change.row()))
                .isEqualTo(GeneratedMessages.of(change.row()).toByteArray());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aRecordAndItsKeyHaveTheBytesOfTheirGeneratedMessagesAndAreReadFromThem(long seed) {
        RandomMessages random = new RandomMessages(new Random(seed));
        TargetRecord.Upsert record =
                new TargetRecord.Upsert(random.sourceKey(), random.position(), random.number(), random.row());
        RecordKey key = random.recordKey();
        IdMapping mapping = new IdMapping(random.targetKey(), random.number());

        assertThat(Codecs.RECORD.encode(record))
                .isEqualTo(GeneratedMessages.of(record).toByteArray());
        assertThat(Codecs.RECORD.decode(GeneratedMessages.of(record).toByteArray()))
                .isEqualTo(record);
        assertThat(Codecs.RECORD_KEY.encode(key))
                .isEqualTo(GeneratedMessages.of(key).toByteArray());
        assertThat(Codecs.RECORD_KEY.decode(GeneratedMessages.of(key).toByteArray()))
                .isEqualTo(key);
        assertThat(Codecs.SOURCE_KEY.encode(record.sourceKey()))
                .isEqualTo(GeneratedMessages.of(record.sourceKey()).toByteArray());
        assertThat(Codecs.ID_MAPPING.encode(mapping))
                .isEqualTo(GeneratedMessages.of(mapping).toByteArray());
        assertThat(Codecs.ID_MAPPING.decode(GeneratedMessages.of(mapping).toByteArray()))
                .isEqualTo(mapping);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatIsRareHasTheBytesOfItsGeneratedMessageToo(long seed) {
        RandomMessages random = new RandomMessages(new Random(seed));
        for (Change change : random.rareChanges()) {
            byte[] generated = GeneratedMessages.of(change).toByteArray();

            assertThat(Codecs.CHANGE.encode(change)).isEqualTo(generated);
            assertThat(Codecs.CHANGE.decode(generated)).isEqualTo(change);
        }
        TargetRecord.BarrierMark mark = new TargetRecord.BarrierMark(random.barrier());
        assertThat(Codecs.RECORD.encode(mark))
                .isEqualTo(GeneratedMessages.of(mark).toByteArray());
        assertThat(Codecs.RECORD.decode(GeneratedMessages.of(mark).toByteArray()))
                .isEqualTo(mark);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void bytesThatWereDamagedAreAMessageOrRefusedAndNothingElse(long seed) {
        Random random = new Random(seed);
        byte[] bytes = GeneratedMessages.of(new RandomMessages(random).change()).toByteArray();
        for (int i = 0; i < 3; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }

        try {
            Codecs.CHANGE.decode(bytes);
        } catch (IllegalArgumentException | ArithmeticException e) {
            assertThat(e).hasMessageNotContaining("null");
        }
    }

    @Test
    void fieldsOfANewerVersionArePassedOver() {
        Change.Upsert change = new RandomMessages(new Random(1)).change();
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(
                        100,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8("later"))
                                .build())
                .build();

        byte[] newer = GeneratedMessages.of(change).toBuilder()
                .setRow(GeneratedMessages.of(change.row()).toBuilder().setUnknownFields(unknown))
                .setUnknownFields(unknown)
                .build()
                .toByteArray();

        assertThat(Codecs.CHANGE.decode(newer)).isEqualTo(change);
    }

    @Test
    void aRowWithOneVectorHasTheBytesThatItHadBeforeRowsHadSeveral() {
        Row row = new Row(
                new VectorColumn("embedding", VectorElement.FLOAT32, 2, Vector.ofFloats(1, -2)),
                List.of(new Field("title", FieldType.of(FieldType.Name.TEXT), new Value.Text("é"))));

        byte[] bytes = Codecs.ROW.encode(row);

        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(WRITTEN_BY_0_1);
        assertThat(Codecs.ROW.decode(HexFormat.of().parseHex(WRITTEN_BY_0_1))).isEqualTo(row);
    }

    @Test
    void aConsumerThatKnowsOneVectorReadsTheFirstOfSeveral() throws Exception {
        VectorColumn first = new VectorColumn("a", VectorElement.FLOAT32, 1, Vector.ofFloats(1));
        VectorColumn second = new VectorColumn("b", VectorElement.FLOAT32, 1, null);

        byte[] bytes = Codecs.ROW.encode(Row.of(List.of(first, second), List.of()));

        io.vectorferry.contracts.wire.Row wire = io.vectorferry.contracts.wire.Row.parseFrom(bytes);
        assertThat(wire.getVector().getName()).isEqualTo("a");
        assertThat(wire.toBuilder().clearMoreVectors().build().toByteArray())
                .isEqualTo(Codecs.ROW.encode(new Row(first, List.of())));
    }

    @Test
    void aSecondVectorWithoutAFirstIsRefused() {
        byte[] second = io.vectorferry.contracts.wire.Row.newBuilder()
                .addMoreVectors(
                        io.vectorferry.contracts.wire.Vector.newBuilder().setName("b"))
                .build()
                .toByteArray();

        assertThatThrownBy(() -> Codecs.ROW.decode(second)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void numbersThatTheProtocolDoesNotHaveAreRefused() {
        byte[] unknownOp = io.vectorferry.contracts.wire.Change.newBuilder()
                .setOpValue(99)
                .build()
                .toByteArray();
        byte[] unknownElement = io.vectorferry.contracts.wire.Row.newBuilder()
                .setVector(io.vectorferry.contracts.wire.Vector.newBuilder().setElementValue(77))
                .build()
                .toByteArray();

        assertThatThrownBy(() -> Codecs.CHANGE.decode(unknownOp)).hasMessageContaining("unknown op 99");
        assertThatThrownBy(() -> Codecs.ROW.decode(unknownElement)).hasMessageContaining("unknown vector element 77");
    }

    @Test
    void listsInListsAreRefusedBeforeTheyFillTheStack() {
        io.vectorferry.contracts.wire.Value value =
                io.vectorferry.contracts.wire.Value.newBuilder().setBool(true).build();
        for (int depth = 0; depth < 50; depth++) {
            value = io.vectorferry.contracts.wire.Value.newBuilder()
                    .setList(io.vectorferry.contracts.wire.Values.newBuilder().addValues(value))
                    .build();
        }
        byte[] deep = io.vectorferry.contracts.wire.SourceKey.newBuilder()
                .addParts(value)
                .build()
                .toByteArray();

        assertThatThrownBy(() -> Codecs.SOURCE_KEY.decode(deep)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aColumnsNameIsTheSameStringInEveryRow() {
        List<String> names = IntStream.range(0, 2)
                .mapToObj(i -> Codecs.ROW.decode(Codecs.ROW.encode(new Row(
                        null, List.of(new Field("naïve", FieldType.of(FieldType.Name.INT64), new Value.Whole(i)))))))
                .map(row -> row.fields().getFirst().name())
                .toList();

        assertThat(names.get(0)).isEqualTo("naïve").isSameAs(names.get(1));
    }

    /** Messages with every kind of part, empty and at their limits too. */
    private record RandomMessages(Random random) {
        private static final int[] NUMBERS_OF_VECTORS = {0, 1, 1, 1, 2, 5};
        private static final long[] NUMBERS = {0, 1, -1, 127, 128, 300, Long.MIN_VALUE, Long.MAX_VALUE};

        Change.Upsert change() {
            return new Change.Upsert(origin(), position(), number(), row());
        }

        List<Change> rareChanges() {
            return List.of(
                    new Change.Delete(position(), number()),
                    new Change.Truncate(text(), position(), number()),
                    new Change.SnapshotComplete(text(), random.nextInt(3)),
                    new Change.BarrierMark(barrier()),
                    new Change.Redrive(
                            position(), ByteString.copyFromUtf8(text()), random.nextBoolean(), random.nextBoolean()));
        }

        Barrier barrier() {
            return new Barrier(text(), number(), text(), number(), number());
        }

        Change.Origin origin() {
            return any(Change.Origin.values());
        }

        long number() {
            return NUMBERS[random.nextInt(NUMBERS.length)];
        }

        SourcePosition position() {
            return new SourcePosition(
                    random.nextInt(3) * random.nextInt(),
                    any(SourcePosition.Phase.values()),
                    number(),
                    random.nextInt(2) * random.nextInt());
        }

        SourceKey sourceKey() {
            List<Value> parts = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                parts.add(value(2));
            }
            return new SourceKey(text(), parts);
        }

        TargetKey targetKey() {
            return new TargetKey(
                    text(), random.nextBoolean() ? new TargetKey.NumberId(number()) : new TargetKey.TextId(text()));
        }

        RecordKey recordKey() {
            return random.nextInt(3) == 0
                    ? new RecordKey.OfBarrier(random.nextInt(300))
                    : new RecordKey.OfRow(targetKey());
        }

        Row row() {
            List<Field> fields = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                FieldType type = new FieldType(
                        any(FieldType.Name.values()),
                        random.nextBoolean(),
                        random.nextInt(2) * random.nextInt(1000),
                        random.nextInt(2) * (random.nextInt(40) - 20));
                fields.add(new Field(text(), type, value(3)));
            }
            List<VectorColumn> vectors = new ArrayList<>();
            for (int i = NUMBERS_OF_VECTORS[random.nextInt(NUMBERS_OF_VECTORS.length)]; i > 0; i--) {
                vectors.add(vector());
            }
            return Row.of(vectors, fields);
        }

        private VectorColumn vector() {
            VectorElement element = any(VectorElement.values());
            int dimension = 1 + random.nextInt(600);
            byte[] bytes = new byte[element == VectorElement.SPARSE ? 8 : element.denseBytes(dimension)];
            random.nextBytes(bytes);
            return new VectorColumn(
                    text(),
                    element,
                    random.nextInt(2) * dimension,
                    random.nextInt(4) == 0 ? null : Vector.ofBytes(element, dimension, bytes));
        }

        private Value value(int depth) {
            return switch (random.nextInt(depth == 0 ? 7 : 8)) {
                case 0 -> Value.NULL;
                case 1 -> new Value.Bool(random.nextBoolean());
                case 2 -> new Value.Whole(number());
                case 3 -> new Value.Real32(random.nextInt(3) == 0 ? 0f : Float.intBitsToFloat(random.nextInt()));
                case 4 -> new Value.Real64(random.nextInt(3) == 0 ? -0.0 : random.nextGaussian());
                case 5 -> new Value.Text(text());
                case 6 -> new Value.Bytes(ByteString.copyFromUtf8(text()));
                default -> {
                    List<Value> items = new ArrayList<>();
                    for (int i = random.nextInt(4); i > 0; i--) {
                        items.add(value(depth - 1));
                    }
                    yield new Value.Items(items);
                }
            };
        }

        private String text() {
            return switch (random.nextInt(5)) {
                case 0 -> "";
                case 1 -> "é😀\0\"".repeat(1 + random.nextInt(3));
                case 2 -> "x".repeat(random.nextInt(400));
                default -> "column_" + random.nextInt(20);
            };
        }

        private <T> T any(T[] all) {
            return all[random.nextInt(all.length)];
        }
    }
}
