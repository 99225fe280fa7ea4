package io.vectorferry.verify.settle;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.verify.row.Expectation;
import io.vectorferry.verify.row.SettledSuspect;
import io.vectorferry.verify.row.SourceEntry;
import io.vectorferry.verify.row.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows that are known not to be in the target: the dead letters. */
public interface Explanations {
    Explanations NONE = rows -> Map.of();

    /**
     * Returns those of the rows whose very content stands in an open dead letter, with its error.
     *
     * @param rows as the target should hold them
     */
    Map<SourceKey, ErrorType> of(Map<SourceKey, Row> rows);

    /** Rows that stand in dead letters are not lost: they are known not to be there. */
    default List<SettledSuspect> explain(List<SettledSuspect> outcomes) {
        Map<SourceKey, Row> absent = new HashMap<>();
        for (SettledSuspect outcome : outcomes) {
            if (outcome.standing() instanceof Verdict.Different(Verdict.Kind kind) && kind != Verdict.Kind.EXTRA) {
                for (SourceEntry entry : outcome.source()) {
                    if (entry.expectation() instanceof Expectation.Present(var row)) {
                        absent.put(entry.key(), row);
                    }
                }
            }
        }
        Map<SourceKey, ErrorType> known = absent.isEmpty() ? Map.of() : of(absent);
        return known.isEmpty()
                ? outcomes
                : outcomes.stream().map(outcome -> outcome.explained(known)).toList();
    }
}
