package io.vectorferry.contracts.message;

import io.vectorferry.contracts.wire.Op;
import org.jspecify.annotations.Nullable;

/** {@link Change} on the wire. */
final class ChangeCodec implements Codec<Change> {

    @Override
    public byte[] encode(Change change) {
        var wire = io.vectorferry.contracts.wire.Change.newBuilder();
        switch (change) {
            case Change.Upsert(var origin, var position, long micros, Row row) ->
                wire.setOp(op(origin))
                        .setPosition(WireKeys.toWire(position))
                        .setSourceMicros(micros)
                        .setRow(WireValues.toWire(row));
            case Change.Delete(var position, long micros) ->
                wire.setOp(Op.OP_DELETE).setPosition(WireKeys.toWire(position)).setSourceMicros(micros);
            case Change.Truncate(String collection, var position, long micros) ->
                wire.setOp(Op.OP_TRUNCATE)
                        .setCollection(collection)
                        .setPosition(WireKeys.toWire(position))
                        .setSourceMicros(micros);
            case Change.SnapshotComplete(String collection, int generation) ->
                wire.setOp(Op.OP_SNAPSHOT_COMPLETE)
                        .setCollection(collection)
                        .setPosition(WireKeys.toWire(SourcePosition.snapshot(generation)));
            case Change.BarrierMark(Barrier barrier) ->
                wire.setOp(Op.OP_BARRIER).setBarrier(WireKeys.toWire(barrier));
            case Change.Redrive(var position, var original, boolean isRecord) ->
                wire.setOp(Op.OP_REDRIVE)
                        .setPosition(WireKeys.toWire(position))
                        .setRedriven(original)
                        .setRedrivenRecord(isRecord);
        }
        return wire.build().toByteArray();
    }

    @Override
    public Change decode(byte @Nullable [] bytes) {
        var wire = WireParser.parse(io.vectorferry.contracts.wire.Change.parser(), bytes);
        return switch (wire.getOp()) {
            case OP_SNAPSHOT -> upsert(wire, Change.Origin.SNAPSHOT);
            case OP_CREATE -> upsert(wire, Change.Origin.CREATE);
            case OP_UPDATE -> upsert(wire, Change.Origin.UPDATE);
            case OP_DELETE -> new Change.Delete(WireKeys.fromWire(wire.getPosition()), wire.getSourceMicros());
            case OP_TRUNCATE ->
                new Change.Truncate(
                        wire.getCollection(), WireKeys.fromWire(wire.getPosition()), wire.getSourceMicros());
            case OP_SNAPSHOT_COMPLETE ->
                new Change.SnapshotComplete(
                        wire.getCollection(), wire.getPosition().getGeneration());
            case OP_BARRIER -> new Change.BarrierMark(WireKeys.fromWire(wire.getBarrier()));
            case OP_REDRIVE ->
                new Change.Redrive(WireKeys.fromWire(wire.getPosition()), wire.getRedriven(), wire.getRedrivenRecord());
            case UNRECOGNIZED -> throw new IllegalArgumentException("unknown op " + wire.getOpValue());
        };
    }

    private static Change.Upsert upsert(io.vectorferry.contracts.wire.Change wire, Change.Origin origin) {
        return new Change.Upsert(
                origin,
                WireKeys.fromWire(wire.getPosition()),
                wire.getSourceMicros(),
                WireValues.fromWire(wire.getRow()));
    }

    private static Op op(Change.Origin origin) {
        return switch (origin) {
            case SNAPSHOT -> Op.OP_SNAPSHOT;
            case CREATE -> Op.OP_CREATE;
            case UPDATE -> Op.OP_UPDATE;
        };
    }
}
