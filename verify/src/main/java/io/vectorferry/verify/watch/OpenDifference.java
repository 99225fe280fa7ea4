package io.vectorferry.verify.watch;

import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.wire.ContinuousVerification.Difference;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import java.util.Locale;
import java.util.Objects;

/**
 * A row that differs and was not found equal since.
 *
 * @param table the first of the collections that go to the table
 */
public record OpenDifference(String table, Suspect suspect, Verdict.Kind kind, long foundMicros) {

    public static OpenDifference of(Difference difference) {
        TargetKey key = Codecs.TARGET_KEY.decode(difference.getId().toByteArray());
        return new OpenDifference(
                key.collection(),
                new Suspect(
                        key.id(),
                        difference.getKeysList().stream()
                                .map(bytes -> Codecs.SOURCE_KEY.decode(bytes.toByteArray()))
                                .toList()),
                Verdict.Kind.valueOf(difference.getKind().toUpperCase(Locale.ROOT)),
                difference.getFoundMicros());
    }

    Difference toWire() {
        byte[] id =
                Objects.requireNonNull(Codecs.TARGET_KEY.encode(new TargetKey(table, suspect.id())), "a key has bytes");
        Difference.Builder wire = Difference.newBuilder()
                .setId(UnsafeByteOperations.unsafeWrap(id))
                .setKind(kind.label())
                .setFoundMicros(foundMicros);
        suspect.keys()
                .forEach(key -> wire.addKeys(UnsafeByteOperations.unsafeWrap(
                        Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"))));
        return wire.build();
    }
}
