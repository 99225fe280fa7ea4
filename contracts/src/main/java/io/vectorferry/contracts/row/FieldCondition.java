package io.vectorferry.contracts.row;

/**
 * A payload field of a target's rows compared with a value, as every store can filter a search. A row without the field, or with a
 * NULL there, meets no condition.
 *
 * @param value a text, a number or a truth value
 */
public record FieldCondition(String field, Operator operator, Value value) {
    public enum Operator {
        EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL
    }
}
