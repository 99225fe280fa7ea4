package io.vectorferry.stream.join;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ReferenceKeys;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Orphan references as dead letters, under the reference's key. They hold ids alone. */
final class OrphanLetters {
    static final String SINK = "orphan-references-sink";

    private static final String STAGE = "stream";
    private static final long MICROS_PER_MILLI = 1_000;

    private final ProcessorContext<byte[], byte[]> context;

    OrphanLetters(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
    }

    void declare(SourceKey reference) {
        send(
                reference,
                new DeadLetter(
                        ErrorType.ORPHAN_REFERENCE,
                        "%s refers to vector %s, which is not there"
                                .formatted(shown(documentOf(reference)), shown(vectorOf(reference))),
                        STAGE,
                        false,
                        nowMicros(),
                        new DeadLetter.Origin("", 0, 0),
                        SourcePosition.snapshot(0),
                        ByteString.EMPTY));
    }

    void withdraw(SourceKey reference) {
        send(reference, DeadLetter.withdrawal(ErrorType.ORPHAN_REFERENCE, "", STAGE, nowMicros()));
    }

    private void send(SourceKey reference, DeadLetter letter) {
        byte[] value = Objects.requireNonNull(Codecs.DEAD_LETTER.encode(letter), "a letter has bytes");
        context.forward(new Record<>(ReferenceKeys.bytes(reference), value, context.currentSystemTimeMs()), SINK);
    }

    private long nowMicros() {
        return context.currentSystemTimeMs() * MICROS_PER_MILLI;
    }

    private static List<Value> vectorOf(SourceKey reference) {
        return List.of(reference.parts().getFirst());
    }

    private static List<Value> documentOf(SourceKey reference) {
        return reference.parts().getLast() instanceof Value.Items(List<Value> document) ? document : List.of();
    }

    private static String shown(List<Value> key) {
        return key.stream()
                .map(part -> switch (part) {
                    case Value.Text(String text) -> text;
                    case Value.Whole(long whole) -> Long.toString(whole);
                    case Value.Bool(boolean bool) -> Boolean.toString(bool);
                    case Value.Real32(float real) -> Float.toString(real);
                    case Value.Real64(double real) -> Double.toString(real);
                    case Value.Null n -> "NULL";
                    case Value.Bytes b -> "(bytes)";
                    case Value.Items(List<Value> items) -> shown(items);
                })
                .collect(Collectors.joining(","));
    }
}
