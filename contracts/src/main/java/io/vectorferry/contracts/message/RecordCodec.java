package io.vectorferry.contracts.message;

import org.jspecify.annotations.Nullable;

/** {@link TargetRecord} on the wire: a deletion is a tombstone. */
final class RecordCodec implements Codec<TargetRecord> {

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
