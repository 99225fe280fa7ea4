package io.vectorferry.contracts.codec;

import io.vectorferry.contracts.message.Codec;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.wire.Position;
import org.jspecify.annotations.Nullable;

/** {@link DeadLetter} on the wire. */
public final class DeadLetterCodec implements Codec<DeadLetter> {

    @Override
    public byte[] encode(DeadLetter letter) {
        return io.vectorferry.contracts.wire.DeadLetter.newBuilder()
                .setError(io.vectorferry.contracts.wire.ErrorType.valueOf(
                        letter.error().name()))
                .setMessage(letter.message())
                .setStage(letter.stage())
                .setRetryable(letter.retryable())
                .setFailedMicros(letter.failedMicros())
                .setTopic(letter.origin().topic())
                .setPartition(letter.origin().partition())
                .setOffset(letter.origin().offset())
                .setPosition(toWire(letter.position()))
                .setOriginal(letter.original())
                .setWithdrawn(letter.withdrawn())
                .build()
                .toByteArray();
    }

    @Override
    public DeadLetter decode(byte @Nullable [] bytes) {
        var wire = WireParser.parse(io.vectorferry.contracts.wire.DeadLetter.parser(), bytes);
        return new DeadLetter(
                ErrorType.valueOf(wire.getError().name()),
                wire.getMessage(),
                wire.getStage(),
                wire.getRetryable(),
                wire.getFailedMicros(),
                new DeadLetter.Origin(wire.getTopic(), wire.getPartition(), wire.getOffset()),
                fromWire(wire.getPosition()),
                wire.getOriginal(),
                wire.getWithdrawn());
    }

    private static Position toWire(SourcePosition position) {
        return WireParser.parse(
                Position.parser(),
                WireWriter.bytes(WirePositions.size(position), out -> WirePositions.write(position, out)));
    }

    private static SourcePosition fromWire(Position wire) {
        return WireParser.read(wire.toByteString(), WirePositions::readPosition);
    }
}
