package io.vectorferry.contracts.message;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** {@link TargetRecord} on the wire: a deletion is a tombstone. */
final class RecordCodec implements Codec<TargetRecord> {
    private static final int ROW_FIELD = io.vectorferry.contracts.wire.Record.ROW_FIELD_NUMBER;

    /** The bytes of an upsert around a source key and a row that are encoded already; the row is most of them and is copied once. */
    static byte[] upsert(byte[] sourceKey, SourcePosition position, long sourceMicros, ByteString row) {
        byte[] head = io.vectorferry.contracts.wire.Record.newBuilder()
                .setPosition(WireKeys.toWire(position))
                .setSourceMicros(sourceMicros)
                .setSourceKey(UnsafeByteOperations.unsafeWrap(sourceKey))
                .build()
                .toByteArray();
        byte[] all = new byte[head.length + CodedOutputStream.computeBytesSize(ROW_FIELD, row)];
        System.arraycopy(head, 0, all, 0, head.length);
        CodedOutputStream out = CodedOutputStream.newInstance(all, head.length, all.length - head.length);
        try {
            out.writeBytes(ROW_FIELD, row);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    @Override
    public byte @Nullable [] encode(TargetRecord record) {
        return switch (record) {
            case TargetRecord.Upsert(SourceKey key, var position, long micros, Row row) ->
                io.vectorferry.contracts.wire.Record.newBuilder()
                        .setPosition(WireKeys.toWire(position))
                        .setSourceMicros(micros)
                        .setSourceKey(WireKeys.toWire(key).toByteString())
                        .setRow(WireValues.toWire(row))
                        .build()
                        .toByteArray();
            case TargetRecord.Delete() -> null;
            case TargetRecord.BarrierMark(Barrier barrier) ->
                io.vectorferry.contracts.wire.Record.newBuilder()
                        .setBarrier(WireKeys.toWire(barrier))
                        .build()
                        .toByteArray();
        };
    }

    @Override
    public TargetRecord decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return new TargetRecord.Delete();
        }
        var wire = WireParser.parse(io.vectorferry.contracts.wire.Record.parser(), bytes);
        if (wire.hasBarrier()) {
            return new TargetRecord.BarrierMark(WireKeys.fromWire(wire.getBarrier()));
        }
        return new TargetRecord.Upsert(
                Codecs.SOURCE_KEY.decode(wire.getSourceKey().toByteArray()),
                WireKeys.fromWire(wire.getPosition()),
                wire.getSourceMicros(),
                WireValues.fromWire(wire.getRow()));
    }
}
