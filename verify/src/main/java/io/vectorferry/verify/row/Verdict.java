package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.rules.Expected;
import io.vectorferry.verify.row.RowHasher.RowHash;
import java.util.Collection;
import java.util.List;

/** The verdict on an id after comparing both sides. */
public sealed interface Verdict {
    record Agreed() implements Verdict {}

    /** It differs, and is known to: the row cannot be written. */
    record Explained(ErrorType error) implements Verdict {}

    record Different(Kind kind) implements Verdict {}

    /** It kept changing while it was compared. */
    record InFlight() implements Verdict {}

    enum Kind {
        MISSING,
        /** Only in the target, or in the target more than once. */
        EXTRA,
        MISMATCHED,
        /** The source row was rejected and is a dead letter, and the target still has an older state of it. */
        STALE;

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * @param source of every row that has the id
     * @param target of every row with that id in the target
     */
    static Verdict of(Collection<ExpectedHash> source, List<RowHash> target) {
        List<RowHash> expected = source.stream()
                .filter(ExpectedHash.Hashed.class::isInstance)
                .map(content -> ((ExpectedHash.Hashed) content).hash())
                .toList();
        if (target.size() > 1) {
            return new Different(Kind.EXTRA);
        }
        if (expected.isEmpty()) {
            return unexpected(source, target);
        }
        if (target.isEmpty()) {
            return new Different(Kind.MISSING);
        }
        if (!expected.contains(target.getFirst())) {
            return new Different(Kind.MISMATCHED);
        }
        // Of rows that share an id the first one owns it; every other is a dead letter.
        return expected.size() == 1 ? new Agreed() : new Explained(ErrorType.ID_CONFLICT);
    }

    private static Verdict unexpected(Collection<ExpectedHash> source, List<RowHash> target) {
        for (ExpectedHash content : source) {
            if (content instanceof ExpectedHash.Rejected(ErrorType error)) {
                return target.isEmpty() ? new Explained(error) : new Different(Kind.STALE);
            }
        }
        return target.isEmpty() ? new Agreed() : new Different(Kind.EXTRA);
    }

    /** {@link Expected} without the row. */
    sealed interface ExpectedHash {
        record Hashed(RowHash hash) implements ExpectedHash {}

        record Excluded() implements ExpectedHash {}

        record Rejected(ErrorType error) implements ExpectedHash {}

        static ExpectedHash of(Expected expected, RowHasher hasher) {
            return switch (expected) {
                case Expected.Present(var row) -> new Hashed(hasher.of(row));
                case Expected.Excluded() -> new Excluded();
                case Expected.Rejected rejected -> new Rejected(rejected.error());
            };
        }
    }
}
