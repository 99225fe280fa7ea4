package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.FieldCondition;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import java.util.ArrayList;
import java.util.List;

/** By which a search is filtered: the part of the language of {@code filter} that every store understands. Safe for any thread. */
public final class SearchFilter {
    private final Expression expression;
    private final List<FieldCondition> conditions;

    private SearchFilter(Expression expression, List<FieldCondition> conditions) {
        this.expression = expression;
        this.conditions = List.copyOf(conditions);
    }

    /** @throws FerryException of kind MISCONFIGURED that says what is not understood */
    public static SearchFilter parse(String text) {
        Expression expression = FilterParser.parse(text);
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

    private static void collect(Expression expression, List<FieldCondition> conditions, String text) {
        switch (expression) {
            case Expression.And(Expression left, Expression right) -> {
                collect(left, conditions, text);
                collect(right, conditions, text);
            }
            case Expression.Comparison(
                    Expression.FieldName(String name),
                    var operator,
                    Expression.Literal(Value value)) ->
                conditions.add(new FieldCondition(name, operator(operator, text), known(value, text)));
            case Expression.Comparison ignored -> throw refused(text);
            case Expression.Literal ignored -> throw refused(text);
            case Expression.FieldName ignored -> throw refused(text);
            case Expression.Not ignored -> throw refused(text);
            case Expression.Or ignored -> throw refused(text);
            case Expression.In ignored -> throw refused(text);
        }
    }

    private static FieldCondition.Operator operator(Expression.Operator operator, String text) {
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
