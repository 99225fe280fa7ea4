package io.vectorferry.stream;

import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import java.util.List;

/** A filter's parsed expression over the payload fields of a row. An unknown field is NULL, since a source's columns come and go. */
sealed interface Expression {
    record Literal(Value value) implements Expression {}

    record FieldName(String name) implements Expression {}

    record Not(Expression operand) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    record Comparison(Expression left, Operator operator, Expression right) implements Expression {}

    record In(Expression value, List<Expression> candidates) implements Expression {
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
            case Not(Expression operand) -> new Value.Bool(!operand.holds(row));
            case And(Expression left, Expression right) -> new Value.Bool(left.holds(row) && right.holds(row));
            case Or(Expression left, Expression right) -> new Value.Bool(left.holds(row) || right.holds(row));
            case Comparison(Expression left, Operator operator, Expression right) ->
                new Value.Bool(Comparisons.hold(left.evaluate(row), operator, right.evaluate(row)));
            case In(Expression value, List<Expression> candidates) -> {
                Value sought = value.evaluate(row);
                yield new Value.Bool(
                        candidates.stream().anyMatch(c -> Comparisons.hold(sought, Operator.EQUAL, c.evaluate(row))));
            }
        };
    }
}
