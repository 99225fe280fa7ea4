package io.vectorferry.contracts.codec;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The codec of every type that is written to a topic. */
public final class Codecs {
    public static final Codec<SourceKey> SOURCE_KEY =
            of(WireKeys::encode, bytes -> WireParser.read(bytes, WireKeys::readSourceKey));

    public static final Codec<TargetKey> TARGET_KEY = of(
            key -> WireKeys.encode(new RecordKey.OfRow(key)), bytes -> WireParser.read(bytes, WireKeys::readTargetKey));

    public static final Codec<RecordKey> RECORD_KEY =
            of(WireKeys::encode, bytes -> WireParser.read(bytes, WireKeys::readRecordKey));

    /** The row's content alone: the same row always gives the same bytes, so that a hash of them identifies it. */
    public static final Codec<Row> ROW =
            of(row -> MeasuredRow.of(row).encode(), bytes -> WireParser.read(bytes, WireRows::read));

    public static final Codec<IdMapping> ID_MAPPING =
            of(WireKeys::encode, bytes -> WireParser.read(bytes, WireKeys::readIdMapping));

    public static final Codec<Change> CHANGE = new ChangeCodec();
    public static final Codec<TargetRecord> RECORD = new RecordCodec();
    public static final Codec<DeadLetter> DEAD_LETTER = new DeadLetterCodec();

    private Codecs() {}

    /**
     * Returns what {@link #RECORD} encodes for an upsert, from parts that are already encoded.
     *
     * @param sourceKey of {@link #SOURCE_KEY}
     * @param row of {@link #ROW}
     */
    public static byte[] upsertRecord(byte[] sourceKey, SourcePosition position, long sourceMicros, ByteString row) {
        return RecordCodec.upsert(sourceKey, position, sourceMicros, row);
    }

    /**
     * Returns the encoded row of an upsert, as a view of the bytes of {@link #CHANGE}: the same as {@link #ROW} would
     * encode.
     *
     * @throws IllegalArgumentException when the bytes are not a change
     */
    public static ByteString rowOf(ByteString change) {
        return ChangeCodec.rowOf(change);
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
