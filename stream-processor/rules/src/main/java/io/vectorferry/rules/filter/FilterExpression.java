package io.vectorferry.rules.filter;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import java.util.List;

/** A filter's parsed expression over the payload fields of a row. An unknown field is NULL, since a source's columns come and go. */
public sealed interface FilterExpression {
    record Literal(Value value) implements FilterExpression {}

    record FieldName(String name) implements FilterExpression {}

    record Not(FilterExpression operand) implements FilterExpression {}

    record And(FilterExpression left, FilterExpression right) implements FilterExpression {}

    record Or(FilterExpression left, FilterExpression right) implements FilterExpression {}

    record Comparison(FilterExpression left, Operator operator, FilterExpression right) implements FilterExpression {}

    record In(FilterExpression value, List<FilterExpression> candidates) implements FilterExpression {
        public In {
            candidates = List.copyOf(candidates);
        }
    }

    enum Operator {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL
    }

    /** True and nothing else lets a row pass: NULL or a number does not. */
    default boolean holds(Row row) {
        return evaluate(row) instanceof Value.Bool(boolean value) && value;
    }

    default Value evaluate(Row row) {
        return switch (this) {
            case Literal(Value value) -> value;
            case FieldName(String name) -> row.field(name).map(Field::value).orElse(Value.NULL);
            case Not(FilterExpression operand) -> new Value.Bool(!operand.holds(row));
            case And(FilterExpression left, FilterExpression right) ->
                new Value.Bool(left.holds(row) && right.holds(row));
            case Or(FilterExpression left, FilterExpression right) ->
                new Value.Bool(left.holds(row) || right.holds(row));
            case Comparison(FilterExpression left, Operator operator, FilterExpression right) ->
                new Value.Bool(FilterComparisons.hold(left.evaluate(row), operator, right.evaluate(row)));
            case In(FilterExpression value, List<FilterExpression> candidates) -> {
                Value sought = value.evaluate(row);
                yield new Value.Bool(candidates.stream()
                        .anyMatch(c -> FilterComparisons.hold(sought, Operator.EQUAL, c.evaluate(row))));
            }
        };
    }
}
