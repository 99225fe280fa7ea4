package io.vectorferry.contracts.codec;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.wire.IdMapping;
import io.vectorferry.contracts.wire.Op;
import io.vectorferry.contracts.wire.Phase;
import io.vectorferry.contracts.wire.Position;
import io.vectorferry.contracts.wire.Record;
import io.vectorferry.contracts.wire.Type;
import io.vectorferry.contracts.wire.TypeName;
import io.vectorferry.contracts.wire.Values;

/** What consumers in other languages make of message.proto: the same messages by the classes that protoc generates from it. */
public final class GeneratedMessages {
    private GeneratedMessages() {}

    public static io.vectorferry.contracts.wire.Change of(Change change) {
        var wire = io.vectorferry.contracts.wire.Change.newBuilder();
        switch (change) {
            case Change.Upsert(var origin, var position, long micros, Row row) ->
                wire.setOp(Op.valueOf("OP_" + origin.name()))
                        .setPosition(of(position))
                        .setSourceMicros(micros)
                        .setRow(of(row));
            case Change.Delete(var position, long micros) ->
                wire.setOp(Op.OP_DELETE).setPosition(of(position)).setSourceMicros(micros);
            case Change.Truncate(String collection, var position, long micros) ->
                wire.setOp(Op.OP_TRUNCATE)
                        .setCollection(collection)
                        .setPosition(of(position))
                        .setSourceMicros(micros);
            case Change.SnapshotComplete(String collection, int generation) ->
                wire.setOp(Op.OP_SNAPSHOT_COMPLETE)
                        .setCollection(collection)
                        .setPosition(of(SourcePosition.snapshot(generation)));
            case Change.BarrierMark(Barrier barrier) ->
                wire.setOp(Op.OP_BARRIER).setBarrier(of(barrier));
            case Change.Redrive(var position, var original, boolean isRecord, boolean isLetter) ->
                wire.setOp(Op.OP_REDRIVE)
                        .setPosition(of(position))
                        .setRedriven(original)
                        .setRedrivenRecord(isRecord)
                        .setRedrivenLetter(isLetter);
        }
        return wire.build();
    }

    public static Record of(TargetRecord.BarrierMark mark) {
        return Record.newBuilder().setBarrier(of(mark.barrier())).build();
    }

    private static io.vectorferry.contracts.wire.Barrier of(Barrier barrier) {
        return io.vectorferry.contracts.wire.Barrier.newBuilder()
                .setId(barrier.id())
                .setIssuedMicros(barrier.issuedMicros())
                .setSourcePosition(barrier.sourcePosition())
                .setSequence(barrier.sequence())
                .setAcknowledged(barrier.acknowledged())
                .build();
    }

    public static Record of(TargetRecord.Upsert upsert) {
        return Record.newBuilder()
                .setPosition(of(upsert.position()))
                .setSourceMicros(upsert.sourceMicros())
                .setSourceKey(of(upsert.sourceKey()).toByteString())
                .setRow(of(upsert.row()))
                .build();
    }

    public static io.vectorferry.contracts.wire.SourceKey of(SourceKey key) {
        var wire = io.vectorferry.contracts.wire.SourceKey.newBuilder().setCollection(key.collection());
        key.parts().forEach(part -> wire.addParts(of(part)));
        return wire.build();
    }

    public static io.vectorferry.contracts.wire.TargetKey of(RecordKey key) {
        var wire = io.vectorferry.contracts.wire.TargetKey.newBuilder();
        return switch (key) {
            case RecordKey.OfBarrier(int partition) ->
                wire.setBarrierPartition(partition).build();
            case RecordKey.OfRow(TargetKey(String collection, TargetKey.NumberId(long number))) ->
                wire.setCollection(collection).setNumber(number).build();
            case RecordKey.OfRow(TargetKey(String collection, TargetKey.TextId(String text))) ->
                wire.setCollection(collection).setText(text).build();
        };
    }

    public static IdMapping of(io.vectorferry.contracts.message.IdMapping mapping) {
        return IdMapping.newBuilder()
                .setTarget(of(new RecordKey.OfRow(mapping.target())))
                .setMappedMicros(mapping.mappedMicros())
                .build();
    }

    public static Position of(SourcePosition position) {
        return Position.newBuilder()
                .setGeneration(position.generation())
                .setPhase(Phase.valueOf(position.phase().name()))
                .setPlace(position.place())
                .setOrder(position.order())
                .build();
    }

    public static io.vectorferry.contracts.wire.Row of(Row row) {
        var wire = io.vectorferry.contracts.wire.Row.newBuilder();
        row.vector().ifPresent(column -> wire.setVector(of(column)));
        row.vectors().stream().skip(1).forEach(column -> wire.addMoreVectors(of(column)));
        for (Field field : row.fields()) {
            var wireField = io.vectorferry.contracts.wire.Field.newBuilder()
                    .setName(field.name())
                    .setType(Type.newBuilder()
                            .setName(TypeName.valueOf(field.type().name().name()))
                            .setList(field.type().list())
                            .setPrecision(field.type().precision())
                            .setScale(field.type().scale()));
            if (!(field.value() instanceof Value.Null)) {
                wireField.setValue(of(field.value()));
            }
            wire.addFields(wireField);
        }
        return wire.build();
    }

    private static io.vectorferry.contracts.wire.Vector of(VectorColumn column) {
        var wire = io.vectorferry.contracts.wire.Vector.newBuilder()
                .setName(column.name())
                .setElement(io.vectorferry.contracts.wire.VectorElement.valueOf(
                        column.element().name()))
                .setDimension(column.dimension());
        column.value().ifPresent(vector -> wire.setValues(vector.values()).setActualDimension(vector.dimension()));
        return wire.build();
    }

    private static io.vectorferry.contracts.wire.Value of(Value value) {
        var wire = io.vectorferry.contracts.wire.Value.newBuilder();
        switch (value) {
            case Value.Null() -> {}
            case Value.Bool(boolean bool) -> wire.setBool(bool);
            case Value.Whole(long whole) -> wire.setInteger(whole);
            case Value.Real32(float real) -> wire.setReal32(real);
            case Value.Real64(double real) -> wire.setReal64(real);
            case Value.Text(String text) -> wire.setText(text);
            case Value.Bytes(var bytes) -> wire.setBytes(bytes);
            case Value.Items(var items) -> {
                Values.Builder list = Values.newBuilder();
                items.forEach(item -> list.addValues(of(item)));
                wire.setList(list);
            }
        }
        return wire.build();
    }
}
