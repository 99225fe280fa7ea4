package io.vectorferry.rules.filter;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import java.util.ArrayList;
import java.util.List;

/** The filter of a search, in the subset of the filter language that every store supports. Thread-safe. */
public final class SearchFilter {
    private final FilterExpression expression;
    private final List<FieldCondition> conditions;

    private SearchFilter(FilterExpression expression, List<FieldCondition> conditions) {
        this.expression = expression;
        this.conditions = List.copyOf(conditions);
    }

    /** @throws FerryException of kind MISCONFIGURED that says what is not understood */
    public static SearchFilter parse(String text) {
        FilterExpression expression = FilterParser.parse(text);
        List<FieldCondition> conditions = new ArrayList<>();
        collect(expression, conditions, text);
        return new SearchFilter(expression, conditions);
    }

    /** All of which a row meets. */
    public List<FieldCondition> conditions() {
        return conditions;
    }

    /** @param row as a target holds it */
    public boolean holds(Row row) {
        return expression.holds(row);
    }

    private static void collect(FilterExpression expression, List<FieldCondition> conditions, String text) {
        switch (expression) {
            case FilterExpression.And(FilterExpression left, FilterExpression right) -> {
                collect(left, conditions, text);
                collect(right, conditions, text);
            }
            case FilterExpression.Comparison(
                    FilterExpression.FieldName(String name),
                    var operator,
                    FilterExpression.Literal(Value value)) ->
                conditions.add(new FieldCondition(name, operator(operator, text), known(value, text)));
            case FilterExpression.Comparison ignored -> throw refused(text);
            case FilterExpression.Literal ignored -> throw refused(text);
            case FilterExpression.FieldName ignored -> throw refused(text);
            case FilterExpression.Not ignored -> throw refused(text);
            case FilterExpression.Or ignored -> throw refused(text);
            case FilterExpression.In ignored -> throw refused(text);
        }
    }

    private static FieldCondition.Operator operator(FilterExpression.Operator operator, String text) {
        return switch (operator) {
            case EQUAL -> FieldCondition.Operator.EQUAL;
            case NOT_EQUAL -> throw refused(text);
            case LESS -> FieldCondition.Operator.LESS;
            case LESS_OR_EQUAL -> FieldCondition.Operator.LESS_OR_EQUAL;
            case GREATER -> FieldCondition.Operator.GREATER;
            case GREATER_OR_EQUAL -> FieldCondition.Operator.GREATER_OR_EQUAL;
        };
    }

    private static Value known(Value value, String text) {
        if (value instanceof Value.Null) {
            throw refused(text);
        }
        return value;
    }

    private static FerryException refused(String text) {
        return FerryException.misconfigured(
                "searches cannot be filtered by `%s` in every store".formatted(text),
                "Compare fields with values by ==, <, <=, > or >=, and join the comparisons by &&.");
    }
}
