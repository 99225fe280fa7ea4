package io.vectorferry.control.status;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.wire.ContinuousVerification;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The findings of a target's continuous verification.
 *
 * @param checked rows, each time that one was compared
 * @param differences rows that differ and were not found equal since
 * @param lastDifference the one of them that was found last; null where there is none
 * @param examples the first few of them
 * @param sweepDone 0 to 1
 * @param lastChecked when a row was compared last; null before the first
 * @param error why it cannot continue; empty while it can
 */
public record VerificationStatus(
        long checked,
        int differences,
        @Nullable Difference lastDifference,
        List<Difference> examples,
        double sweepDone,
        long sweepsCompleted,
        @Nullable String lastChecked,
        String error) {
    private static final int MAX_EXAMPLES = 20;
    private static final double THOUSANDTHS = 1_000.0;

    public VerificationStatus {
        examples = List.copyOf(examples);
    }

    /** @param kind {@code missing}, {@code extra}, {@code mismatched} or {@code stale} */
    public record Difference(String id, String kind, String collection, String found) {
        private Difference withoutKey() {
            return new Difference("", kind, collection, found);
        }
    }

    /** Returns this status with an empty id in every difference. */
    public VerificationStatus withoutKeys() {
        return new VerificationStatus(
                checked,
                differences,
                lastDifference == null ? null : lastDifference.withoutKey(),
                examples.stream().map(Difference::withoutKey).toList(),
                sweepDone,
                sweepsCompleted,
                lastChecked,
                error);
    }

    public static VerificationStatus of(ContinuousVerification found) {
        List<Difference> open =
                found.getOpenList().stream().map(VerificationStatus::difference).toList();
        return new VerificationStatus(
                found.getChecked(),
                open.size(),
                open.isEmpty() ? null : open.getLast(),
                open.subList(0, Math.min(MAX_EXAMPLES, open.size())),
                Math.floor(found.getSweepDone() * THOUSANDTHS) / THOUSANDTHS,
                found.getSweepsCompleted(),
                found.getLastCheckedMicros() == 0 ? null : time(found.getLastCheckedMicros()),
                found.getError());
    }

    private static Difference difference(ContinuousVerification.Difference wire) {
        TargetKey key = Codecs.TARGET_KEY.decode(wire.getId().toByteArray());
        return new Difference(key.id().text(), wire.getKind(), key.collection(), time(wire.getFoundMicros()));
    }

    private static String time(long micros) {
        return Micros.instant(micros).toString();
    }
}
