package io.vectorferry.contracts.message;

import com.google.protobuf.ByteString;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The codec of every type that stands on a topic as a plain message; the sealed ones have {@link ChangeCodec} and {@link RecordCodec}. */
public final class Codecs {
    public static final Codec<SourceKey> SOURCE_KEY = of(
            key -> WireKeys.toWire(key).toByteArray(),
            bytes -> WireKeys.fromWire(WireParser.parse(io.vectorferry.contracts.wire.SourceKey.parser(), bytes)));

    public static final Codec<TargetKey> TARGET_KEY = of(
            key -> WireKeys.toWire(key).toByteArray(),
            bytes -> WireKeys.fromWire(WireParser.parse(io.vectorferry.contracts.wire.TargetKey.parser(), bytes)));

    public static final Codec<RecordKey> RECORD_KEY = of(Codecs::encodeRecordKey, Codecs::decodeRecordKey);

    /** The row's content alone: the same row always gives the same bytes, so that a hash of them identifies it. */
    public static final Codec<Row> ROW = of(
            row -> WireValues.toWire(row).toByteArray(),
            bytes -> WireValues.fromWire(WireParser.parse(io.vectorferry.contracts.wire.Row.parser(), bytes)));

    public static final Codec<IdMapping> ID_MAPPING = of(Codecs::encodeIdMapping, Codecs::decodeIdMapping);

    public static final Codec<Change> CHANGE = new ChangeCodec();
    public static final Codec<TargetRecord> RECORD = new RecordCodec();
    public static final Codec<DeadLetter> DEAD_LETTER = new DeadLetterCodec();

    private Codecs() {}

    /**
     * What {@link #RECORD} makes of an upsert, from parts that are encoded already.
     *
     * @param sourceKey of {@link #SOURCE_KEY}
     * @param row of {@link #ROW}
     */
    public static byte[] upsertRecord(byte[] sourceKey, SourcePosition position, long sourceMicros, ByteString row) {
        return RecordCodec.upsert(sourceKey, position, sourceMicros, row);
    }

    private static byte[] encodeRecordKey(RecordKey key) {
        return switch (key) {
            case RecordKey.OfRow(TargetKey row) -> WireKeys.toWire(row).toByteArray();
            case RecordKey.OfBarrier(int partition) ->
                io.vectorferry.contracts.wire.TargetKey.newBuilder()
                        .setBarrierPartition(partition)
                        .build()
                        .toByteArray();
        };
    }

    private static RecordKey decodeRecordKey(byte @Nullable [] bytes) {
        var wire = WireParser.parse(io.vectorferry.contracts.wire.TargetKey.parser(), bytes);
        return wire.hasBarrierPartition()
                ? new RecordKey.OfBarrier(wire.getBarrierPartition())
                : new RecordKey.OfRow(WireKeys.fromWire(wire));
    }

    private static byte[] encodeIdMapping(IdMapping mapping) {
        return io.vectorferry.contracts.wire.IdMapping.newBuilder()
                .setTarget(WireKeys.toWire(mapping.target()))
                .setMappedMicros(mapping.mappedMicros())
                .build()
                .toByteArray();
    }

    private static IdMapping decodeIdMapping(byte @Nullable [] bytes) {
        var wire = WireParser.parse(io.vectorferry.contracts.wire.IdMapping.parser(), bytes);
        return new IdMapping(WireKeys.fromWire(wire.getTarget()), wire.getMappedMicros());
    }

    private static <T> Codec<T> of(Function<T, byte[]> encode, Function<byte @Nullable [], T> decode) {
        return new Codec<>() {
            @Override
            public byte @Nullable [] encode(T value) {
                return encode.apply(value);
            }

            @Override
            public T decode(byte @Nullable [] bytes) {
                return decode.apply(bytes);
            }
        };
    }
}
