package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Row;
import java.util.List;
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

    Outcome standing(Standing other) {
        return new Outcome(suspect, other, source, target);
    }
}
