package io.vectorferry.contracts.codec;

import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link TargetRecord} on the wire: a deletion is a tombstone. */
public final class RecordCodec implements Codec<TargetRecord> {
    private static final int POSITION = 1;
    private static final int SOURCE_MICROS = 2;
    private static final int SOURCE_KEY = 3;
    private static final int ROW = 4;
    private static final int BARRIER = 5;

    private static final SourceKey NO_KEY = new SourceKey("", List.of());
    private static final SourcePosition NO_POSITION = SourcePosition.snapshot(0);
    private static final Row NO_ROW = new Row(null, List.of());

    /** The bytes of an upsert around a source key and a row that are encoded already; the row is most of them and is copied once. */
    static byte[] upsert(byte[] sourceKey, SourcePosition position, long sourceMicros, ByteString row) {
        int positionSize = WirePositions.size(position);
        int size = WireWriter.nestedSize(POSITION, positionSize)
                + WireWriter.int64Size(SOURCE_MICROS, sourceMicros)
                + CodedOutputStream.computeByteArraySize(SOURCE_KEY, sourceKey)
                + CodedOutputStream.computeBytesSize(ROW, row);
        return WireWriter.bytes(size, out -> {
            WireWriter.beginNested(out, POSITION, positionSize);
            WirePositions.write(position, out);
            WireWriter.writeInt64(out, SOURCE_MICROS, sourceMicros);
            out.writeByteArray(SOURCE_KEY, sourceKey);
            out.writeBytes(ROW, row);
        });
    }

    @Override
    public byte @Nullable [] encode(TargetRecord record) {
        return switch (record) {
            case TargetRecord.Upsert(SourceKey key, var position, long micros, Row row) ->
                upsert(
                        WireKeys.encode(key),
                        position,
                        micros,
                        UnsafeByteOperations.unsafeWrap(MeasuredRow.of(row).encode()));
            case TargetRecord.Delete() -> null;
            case TargetRecord.BarrierMark(Barrier barrier) -> {
                int content = WirePositions.size(barrier);
                yield WireWriter.bytes(WireWriter.nestedSize(BARRIER, content), out -> {
                    WireWriter.beginNested(out, BARRIER, content);
                    WirePositions.write(barrier, out);
                });
            }
        };
    }

    @Override
    public TargetRecord decode(byte @Nullable [] bytes) {
        return bytes == null ? new TargetRecord.Delete() : WireParser.read(bytes, RecordCodec::read);
    }

    private static TargetRecord read(CodedInputStream in) throws IOException {
        SourceKey key = NO_KEY;
        SourcePosition position = NO_POSITION;
        long micros = 0;
        Row row = NO_ROW;
        @Nullable Barrier barrier = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case POSITION << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    position = WireParser.nested(in, WirePositions::readPosition);
                case SOURCE_MICROS << 3 | WIRETYPE_VARINT -> micros = in.readInt64();
                case SOURCE_KEY << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    key = WireParser.nested(in, WireKeys::readSourceKey);
                case ROW << 3 | WIRETYPE_LENGTH_DELIMITED -> row = WireParser.nested(in, WireRows::read);
                case BARRIER << 3 | WIRETYPE_LENGTH_DELIMITED ->
                    barrier = WireParser.nested(in, WirePositions::readBarrier);
                default -> in.skipField(tag);
            }
        }
        return barrier == null
                ? new TargetRecord.Upsert(key, position, micros, row)
                : new TargetRecord.BarrierMark(barrier);
    }
}
