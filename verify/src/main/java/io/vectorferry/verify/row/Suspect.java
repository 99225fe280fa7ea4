package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.rules.Expected;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An id under which the two sides seemed to differ.
 *
 * @param keys of the rows of the source that a scan found there; empty where it found none
 */
public record Suspect(TargetKey.Id id, List<SourceKey> keys) {
    /** Suspects that are settled together: their rows of both sides are in memory. */
    public static final int MAX_AT_ONCE = 2_000;

    public Suspect {
        keys = List.copyOf(keys);
    }

    /**
     * The result of settling a suspect.
     *
     * @param source what was read of it last
     * @param target every row that had the id
     */
    public record Settled(Suspect suspect, Verdict verdict, List<ExpectedRow> source, List<Row> target) {
        public Settled {
            source = List.copyOf(source);
            target = List.copyOf(target);
        }

        /** The row that the target should hold. */
        public Optional<Row> expected() {
            for (ExpectedRow entry : source) {
                if (entry.expected() instanceof Expected.Present(Row row)) {
                    return Optional.of(row);
                }
            }
            return Optional.empty();
        }

        /**
         * A row that is missing is explained by its dead letter; one of which an older state stands there is stale.
         *
         * @param known rows that are known not to be in the target
         */
        public Settled explained(Map<SourceKey, ErrorType> known) {
            if (verdict instanceof Verdict.Different(Verdict.Kind kind) && kind != Verdict.Kind.EXTRA) {
                for (ExpectedRow entry : source) {
                    ErrorType error = known.get(entry.key());
                    if (error != null) {
                        return with(
                                kind == Verdict.Kind.MISSING
                                        ? new Verdict.Explained(error)
                                        : new Verdict.Different(Verdict.Kind.STALE));
                    }
                }
            }
            return this;
        }

        private Settled with(Verdict other) {
            return new Settled(suspect, other, source, target);
        }
    }
}
