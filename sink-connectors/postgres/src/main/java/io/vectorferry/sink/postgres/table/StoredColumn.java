package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.stores.postgres.Catalog.Table.CatalogColumn;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.Optional;
import java.util.Set;

/**
 * A column of a table as it is.
 *
 * @param hasDefault also of a generated or an identity column
 */
public record StoredColumn(CatalogColumn catalog, boolean hasDefault, boolean alwaysIdentity) {
    /** pgvector's types and bits, which hold a vector; an array of real is a payload column. */
    private static final Set<String> VECTOR_TYPES = Set.of("vector", "halfvec", "sparsevec", "bit", "varbit");

    /** Travel as text, and a column of text holds each as it is. */
    private static final Set<Name> AS_TEXT = Set.of(Name.TEXT, Name.UUID, Name.JSON, Name.DECIMAL);

    public String name() {
        return catalog.name();
    }

    public String quoted() {
        return QualifiedName.quoted(catalog.name());
    }

    /** Returns what the column holds where it is a vector of the rows. */
    public Optional<ColumnType.OfVector> vector() {
        return VECTOR_TYPES.contains(catalog.typeName())
                ? ColumnType.ofVector(catalog.typeName(), catalog.typmod()).map(ColumnType.OfVector.class::cast)
                : Optional.empty();
    }

    private ColumnType payload() {
        return ColumnType.ofField(catalog.typeName(), catalog.typmod());
    }

    /** Returns what the column holds where it is a payload column. */
    public FieldType fieldType() {
        return payload().fieldType();
    }

    /** Whether a value goes in and comes out as text that only the server converts. */
    public boolean isText() {
        return payload() instanceof ColumnType.AsText;
    }

    /** Whether the column holds every value of the type as it is. */
    public boolean holds(FieldType type) {
        FieldType own = fieldType();
        return own.holds(type)
                || (own.name() == Name.TEXT && own.list() == type.list() && AS_TEXT.contains(type.name()));
    }

    /** Returns the greatest length of a text, in characters; 0 where there is none. */
    public int maxLength() {
        boolean limited =
                catalog.typeName().equals("varchar") || catalog.typeName().equals("bpchar");
        return limited && catalog.typmod() > 4 ? catalog.typmod() - 4 : 0;
    }

    /** Whether a row must give it a value. */
    public boolean isRequired() {
        return catalog.notNull() && !hasDefault;
    }
}
