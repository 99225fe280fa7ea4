package io.vectorferry.rules.filter;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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

    /**
     * How a filter compares. NULL equals NULL alone, and orders with nothing. Numbers compare exactly whatever their types;
     * a decimal, which travels as text, compares as a number with a number. Values of other kinds differ and have no order.
     */
    final class FilterComparisons {
        private FilterComparisons() {}

        static boolean hold(Value left, Operator operator, Value right) {
            OptionalInt order = order(left, right);
            boolean equal = order.isPresent() ? order.getAsInt() == 0 : left.equals(right);
            return switch (operator) {
                case EQUAL -> equal;
                case NOT_EQUAL -> !equal;
                case LESS -> order.isPresent() && order.getAsInt() < 0;
                case LESS_OR_EQUAL -> order.isPresent() && order.getAsInt() <= 0;
                case GREATER -> order.isPresent() && order.getAsInt() > 0;
                case GREATER_OR_EQUAL -> order.isPresent() && order.getAsInt() >= 0;
            };
        }

        private static OptionalInt order(Value left, Value right) {
            if (left instanceof Value.Whole(long a) && right instanceof Value.Whole(long b)) {
                return OptionalInt.of(Long.compare(a, b));
            }
            if (left instanceof Value.Text(String a) && right instanceof Value.Text(String b)) {
                return OptionalInt.of(a.compareTo(b));
            }
            Optional<BigDecimal> a = number(left);
            Optional<BigDecimal> b = number(right);
            return a.isPresent() && b.isPresent() ? OptionalInt.of(a.get().compareTo(b.get())) : OptionalInt.empty();
        }

        private static Optional<BigDecimal> number(Value value) {
            return switch (value) {
                case Value.Whole(long whole) -> Optional.of(BigDecimal.valueOf(whole));
                case Value.Real32(float real) -> real(Float.toString(real));
                case Value.Real64(double real) -> real(Double.toString(real));
                case Value.Text(String text) -> real(text);
                case Value.Null n -> Optional.empty();
                case Value.Bool b -> Optional.empty();
                case Value.Bytes b -> Optional.empty();
                case Value.Items i -> Optional.empty();
            };
        }

        /** Infinity and NaN are not numbers here: they have no order. */
        private static Optional<BigDecimal> real(String text) {
            try {
                return Optional.of(new BigDecimal(text));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
    }
}
