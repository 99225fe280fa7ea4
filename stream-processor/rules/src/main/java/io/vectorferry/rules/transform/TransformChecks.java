package io.vectorferry.rules.transform;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.TransformStep;
import io.vectorferry.rules.filter.FilterExpression;
import io.vectorferry.rules.filter.FilterParser;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Looks before the first row whether the configured steps can run, and whether the columns that they name are there. */
public final class TransformChecks {
    private static final String CHECK = "transform";

    private final List<TransformStep> steps;

    public TransformChecks(List<TransformStep> steps) {
        this.steps = List.copyOf(steps);
    }

    /** Returns the names that columns have when all steps are done; one that is dropped has none. */
    public Set<String> after(Collection<String> columns) {
        Set<String> present = new LinkedHashSet<>(columns);
        steps.stream().filter(step -> !(step instanceof TransformStep.Set)).forEach(step -> apply(step, present));
        return present;
    }

    /** @param columns of the collection at the source: vector, text and payload */
    public List<Finding> findings(String collection, Collection<String> columns) {
        if (steps.isEmpty()) {
            return List.of();
        }
        try {
            RowTransforms.of(steps);
        } catch (FerryException e) {
            return List.of(Finding.error(CHECK, String.valueOf(e.getMessage()), e.remedy()));
        }
        List<Finding> findings = new ArrayList<>();
        Set<String> present = new LinkedHashSet<>(columns);
        for (TransformStep step : steps) {
            Set<String> unknown = new TreeSet<>(named(step));
            unknown.removeAll(present);
            if (!unknown.isEmpty()) {
                findings.add(unknown(collection, step, unknown, present));
            }
            apply(step, present);
        }
        return findings.isEmpty()
                ? List.of(Finding.ok(CHECK, "%s: %d steps".formatted(collection, steps.size())))
                : List.copyOf(findings);
    }

    private static Finding unknown(String collection, TransformStep step, Set<String> unknown, Set<String> present) {
        String effect =
                switch (step) {
                    case TransformStep.Filter filter -> "is NULL to the filter";
                    case TransformStep.Rename rename -> "is not renamed";
                    case TransformStep.Drop drop -> "is not dropped";
                    case TransformStep.Set set -> "is added";
                    case TransformStep.Normalize normalize -> "is not changed";
                };
        return Finding.warning(
                CHECK,
                "%s has no column %s at this step: the column %s"
                        .formatted(collection, String.join(", ", unknown), effect),
                "Columns here: " + String.join(", ", present));
    }

    /** The columns that a step expects to find. */
    private static Set<String> named(TransformStep step) {
        return switch (step) {
            case TransformStep.Rename(Map<String, String> names) -> names.keySet();
            case TransformStep.Drop(List<String> fields) -> Set.copyOf(fields);
            case TransformStep.Filter(String text) -> names(FilterParser.parse(text));
            case TransformStep.Set set -> Set.of();
            case TransformStep.Normalize(TransformStep.Norm norm, List<String> vectors) -> Set.copyOf(vectors);
        };
    }

    private static Set<String> names(FilterExpression expression) {
        Set<String> names = new TreeSet<>();
        switch (expression) {
            case FilterExpression.Literal literal -> {}
            case FilterExpression.FieldName(String name) -> names.add(name);
            case FilterExpression.Not(FilterExpression operand) -> names.addAll(names(operand));
            case FilterExpression.And(FilterExpression left, FilterExpression right) -> {
                names.addAll(names(left));
                names.addAll(names(right));
            }
            case FilterExpression.Or(FilterExpression left, FilterExpression right) -> {
                names.addAll(names(left));
                names.addAll(names(right));
            }
            case FilterExpression.Comparison(
                    FilterExpression left,
                    FilterExpression.Operator operator,
                    FilterExpression right) -> {
                names.addAll(names(left));
                names.addAll(names(right));
            }
            case FilterExpression.In(FilterExpression value, List<FilterExpression> candidates) -> {
                names.addAll(names(value));
                candidates.forEach(candidate -> names.addAll(names(candidate)));
            }
        }
        return names;
    }

    private static void apply(TransformStep step, Set<String> present) {
        switch (step) {
            case TransformStep.Rename(Map<String, String> names) -> {
                List<String> renamed = present.stream()
                        .map(column -> names.getOrDefault(column, column))
                        .toList();
                present.clear();
                present.addAll(renamed);
            }
            case TransformStep.Drop(List<String> fields) -> fields.forEach(present::remove);
            case TransformStep.Set(Map<String, String> constants) -> present.addAll(constants.keySet());
            case TransformStep.Filter filter -> {}
            case TransformStep.Normalize normalize -> {}
        }
    }
}
