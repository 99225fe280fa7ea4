package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import java.util.Optional;

/** The type of a table column on the topics. Snapshot and capture both use it, so that they cannot differ. */
public sealed interface ColumnType {

    /** pgvector's types, where the column is the collection's vector; the dimension is 0 where none is declared. */
    record OfVector(VectorElement element, int dimension) implements ColumnType {}

    /** A payload field or key column. */
    record OfField(FieldType type) implements ColumnType {}

    /** A type with no counterpart of its own (enum, inet, range, a vector among the payload, …): PostgreSQL's text of it. */
    record AsText() implements ColumnType {}

    /** The type name is the base type's {@code pg_type.typname}: {@code _int4} for an array of {@code int4}. */
    static ColumnType ofField(String typeName, int typmod) {
        if (typeName.startsWith("_")) {
            return scalar(typeName.substring(1), -1)
                    .<ColumnType>map(element -> new OfField(FieldType.listOf(element.name())))
                    .orElseGet(AsText::new);
        }
        return scalar(typeName, typmod).<ColumnType>map(OfField::new).orElseGet(AsText::new);
    }

    /** Empty where the type holds no vector. */
    static Optional<ColumnType> ofVector(String typeName, int typmod) {
        int dimension = Math.max(typmod, 0);
        return switch (typeName) {
            case "vector" -> Optional.of(new OfVector(VectorElement.FLOAT32, dimension));
            case "halfvec" -> Optional.of(new OfVector(VectorElement.FLOAT16, dimension));
            case "sparsevec" -> Optional.of(new OfVector(VectorElement.SPARSE, dimension));
            case "bit", "varbit" -> Optional.of(new OfVector(VectorElement.BINARY, dimension));
            case "_float4" -> Optional.of(new OfVector(VectorElement.FLOAT32, 0));
            default -> Optional.empty();
        };
    }

    default FieldType fieldType() {
        return switch (this) {
            case OfField(FieldType type) -> type;
            case AsText text -> FieldType.of(FieldType.Name.TEXT);
            case OfVector vector -> FieldType.of(FieldType.Name.TEXT);
        };
    }

    private static Optional<FieldType> scalar(String typeName, int typmod) {
        return switch (typeName) {
            case "bool" -> Optional.of(FieldType.of(FieldType.Name.BOOL));
            case "int2" -> Optional.of(FieldType.of(FieldType.Name.INT16));
            case "int4" -> Optional.of(FieldType.of(FieldType.Name.INT32));
            case "int8" -> Optional.of(FieldType.of(FieldType.Name.INT64));
            case "float4" -> Optional.of(FieldType.of(FieldType.Name.REAL32));
            case "float8" -> Optional.of(FieldType.of(FieldType.Name.REAL64));
            case "numeric" -> Optional.of(numeric(typmod));
            case "text", "varchar", "bpchar" -> Optional.of(FieldType.of(FieldType.Name.TEXT));
            case "bytea" -> Optional.of(FieldType.of(FieldType.Name.BYTES));
            case "date" -> Optional.of(FieldType.of(FieldType.Name.DATE));
            case "time" -> Optional.of(FieldType.of(FieldType.Name.TIME));
            case "timestamp" -> Optional.of(FieldType.of(FieldType.Name.TIMESTAMP));
            case "timestamptz" -> Optional.of(FieldType.of(FieldType.Name.TIMESTAMPTZ));
            case "uuid" -> Optional.of(FieldType.of(FieldType.Name.UUID));
            case "json", "jsonb" -> Optional.of(FieldType.of(FieldType.Name.JSON));
            default -> Optional.empty();
        };
    }

    /** numeric's typmod holds precision in the upper half and an 11-bit scale below, both behind a 4-byte header (numeric.c). */
    private static FieldType numeric(int typmod) {
        if (typmod < 4) {
            return FieldType.of(FieldType.Name.DECIMAL);
        }
        int packed = typmod - 4;
        int scale = ((packed & 0x7ff) ^ 1024) - 1024;
        return FieldType.decimal((packed >> 16) & 0xffff, scale);
    }
}
