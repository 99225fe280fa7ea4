package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a suspect.
 *
 * @param source what was read of it last
 * @param target every row that stood under the id
 */
public record Outcome(Suspect suspect, Standing standing, List<SourceEntry> source, List<Row> target) {
    public Outcome {
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
    Outcome explained(Map<SourceKey, ErrorType> known) {
        if (standing instanceof Standing.Different(Standing.Kind kind) && kind != Standing.Kind.EXTRA) {
            for (SourceEntry entry : source) {
                ErrorType error = known.get(entry.key());
                if (error != null) {
                    return standing(
                            kind == Standing.Kind.MISSING
                                    ? new Standing.Explained(error)
                                    : new Standing.Different(Standing.Kind.STALE));
                }
            }
        }
        return this;
    }

    private Outcome standing(Standing other) {
        return new Outcome(suspect, other, source, target);
    }
}
