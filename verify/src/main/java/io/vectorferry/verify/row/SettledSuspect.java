package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a suspect.
 *
 * @param source what was read of it last
 * @param target every row that stood under the id
 */
public record SettledSuspect(Suspect suspect, Verdict standing, List<SourceEntry> source, List<Row> target) {
    public SettledSuspect {
        source = List.copyOf(source);
        target = List.copyOf(target);
    }

    /** The row that the target should hold. */
    public Optional<Row> expected() {
        for (SourceEntry entry : source) {
            if (entry.expectation() instanceof Expectation.Present(Row row)) {
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
    public SettledSuspect explained(Map<SourceKey, ErrorType> known) {
        if (standing instanceof Verdict.Different(Verdict.Kind kind) && kind != Verdict.Kind.EXTRA) {
            for (SourceEntry entry : source) {
                ErrorType error = known.get(entry.key());
                if (error != null) {
                    return standing(
                            kind == Verdict.Kind.MISSING
                                    ? new Verdict.Explained(error)
                                    : new Verdict.Different(Verdict.Kind.STALE));
                }
            }
        }
        return this;
    }

    private SettledSuspect standing(Verdict other) {
        return new SettledSuspect(suspect, other, source, target);
    }
}
