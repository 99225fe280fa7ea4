package io.vectorferry.producer.postgres.table;

import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.List;
import java.util.Optional;

/**
 * A configured table as the catalog has it at this moment.
 *
 * @param columns in the catalog's order: the key, the vectors and the payload fields that are replicated; the vectors among
 *     themselves are in the pipeline file's order
 * @param key the columns of the primary key, or of the replica identity index, in the key's order
 * @param leaves the tables that hold the rows: the table itself, or its leaf partitions
 */
public record TableShape(
        QualifiedName name,
        long oid,
        List<Column> columns,
        List<Column> key,
        ReplicaIdentity replicaIdentity,
        List<QualifiedName> leaves) {

    public enum ReplicaIdentity {
        DEFAULT,
        NOTHING,
        FULL,
        INDEX
    }

    public enum Role {
        KEY,
        VECTOR,
        /** A part of the key that is a payload field too. */
        KEY_AND_FIELD,
        FIELD
    }

    /**
     * @param number {@code attnum}
     * @param typeName {@code typname} of the base type
     * @param toastable an update may leave it out of the log
     * @param generated computed by the server; the log leaves it out, unless the publication says otherwise
     * @param sqlType the base type as SQL writes it, without a modifier
     */
    public record Column(
            String name,
            int number,
            String typeName,
            ColumnType type,
            Role role,
            boolean toastable,
            boolean generated,
            String sqlType) {
        public boolean isKey() {
            return role == Role.KEY || role == Role.KEY_AND_FIELD;
        }

        public boolean isField() {
            return role == Role.FIELD || role == Role.KEY_AND_FIELD;
        }
    }

    public TableShape {
        columns = List.copyOf(columns);
        key = List.copyOf(key);
        leaves = List.copyOf(leaves);
    }

    public String collection() {
        return name.collection();
    }

    /** Returns the vectors in the order in which rows have them. */
    public List<Column> vectors() {
        return columns.stream().filter(column -> column.role() == Role.VECTOR).toList();
    }

    /** Returns the first vector. */
    public Optional<Column> vector() {
        return vectors().stream().findFirst();
    }

    public Optional<Column> vector(String columnName) {
        return column(columnName).filter(column -> column.role() == Role.VECTOR);
    }

    public Optional<Column> column(String columnName) {
        return columns.stream()
                .filter(column -> column.name().equals(columnName))
                .findFirst();
    }
}
