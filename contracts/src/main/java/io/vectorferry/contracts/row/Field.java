package io.vectorferry.contracts.row;

/** One payload field; its type is known even where its value is NULL. */
public record Field(String name, FieldType type, Value value) {
    public Field named(String newName) {
        return new Field(newName, type, value);
    }
}
