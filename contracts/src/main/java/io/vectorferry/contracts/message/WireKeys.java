package io.vectorferry.contracts.message;

import io.vectorferry.contracts.wire.Phase;
import io.vectorferry.contracts.wire.Position;

/** Keys, positions and barriers to and from the wire. */
final class WireKeys {
    private WireKeys() {}

    static io.vectorferry.contracts.wire.SourceKey toWire(SourceKey key) {
        var wire = io.vectorferry.contracts.wire.SourceKey.newBuilder().setCollection(key.collection());
        for (Value part : key.parts()) {
            wire.addParts(WireValues.toWire(part));
        }
        return wire.build();
    }

    static SourceKey fromWire(io.vectorferry.contracts.wire.SourceKey wire) {
        return new SourceKey(
                wire.getCollection(),
                wire.getPartsList().stream().map(WireValues::fromWire).toList());
    }

    static io.vectorferry.contracts.wire.TargetKey toWire(TargetKey key) {
        var wire = io.vectorferry.contracts.wire.TargetKey.newBuilder().setCollection(key.collection());
        switch (key.id()) {
            case TargetKey.NumberId(long number) -> wire.setNumber(number);
            case TargetKey.TextId(String text) -> wire.setText(text);
        }
        return wire.build();
    }

    static TargetKey fromWire(io.vectorferry.contracts.wire.TargetKey wire) {
        return new TargetKey(
                wire.getCollection(),
                switch (wire.getIdCase()) {
                    case NUMBER -> new TargetKey.NumberId(wire.getNumber());
                    case TEXT -> new TargetKey.TextId(wire.getText());
                    case BARRIER_PARTITION, ID_NOT_SET -> throw new IllegalArgumentException("the key names no row");
                });
    }

    static Position toWire(SourcePosition position) {
        return Position.newBuilder()
                .setGeneration(position.generation())
                .setPhase(
                        switch (position.phase()) {
                            case SNAPSHOT -> Phase.SNAPSHOT;
                            case STREAM -> Phase.STREAM;
                        })
                .setPlace(position.place())
                .setOrder(position.order())
                .build();
    }

    static SourcePosition fromWire(Position wire) {
        return new SourcePosition(
                wire.getGeneration(),
                switch (wire.getPhase()) {
                    case SNAPSHOT -> SourcePosition.Phase.SNAPSHOT;
                    case STREAM -> SourcePosition.Phase.STREAM;
                    case UNRECOGNIZED -> throw new IllegalArgumentException("unknown phase " + wire.getPhaseValue());
                },
                wire.getPlace(),
                wire.getOrder());
    }

    static io.vectorferry.contracts.wire.Barrier toWire(Barrier barrier) {
        return io.vectorferry.contracts.wire.Barrier.newBuilder()
                .setId(barrier.id())
                .setIssuedMicros(barrier.issuedMicros())
                .setSourcePosition(barrier.sourcePosition())
                .build();
    }

    static Barrier fromWire(io.vectorferry.contracts.wire.Barrier wire) {
        return new Barrier(wire.getId(), wire.getIssuedMicros(), wire.getSourcePosition());
    }
}
