package io.vectorferry.stores.postgres;

import java.util.List;
import java.util.Optional;

/**
 * A table's facts as the catalog has them, whatever the pipeline wants of it.
 *
 * @param kind {@code pg_class.relkind}: r, p, v, …
 * @param replicaIdentity {@code pg_class.relreplident}
 * @param primaryKey column names in the key's order; empty: none
 * @param identityIndex columns of the index that REPLICA IDENTITY USING INDEX names
 * @param children tables that inherit from it, of a table that is not partitioned
 */
public record CatalogTable(
        long oid,
        char kind,
        char replicaIdentity,
        List<CatalogColumn> columns,
        List<String> primaryKey,
        List<String> identityIndex,
        List<QualifiedName> leaves,
        List<QualifiedName> children) {

    /**
     * @param storage {@code pg_attribute.attstorage}: p is never TOASTed
     * @param sqlType the base type as SQL writes it, without a modifier
     */
    public record CatalogColumn(
            String name,
            int number,
            String typeName,
            int typmod,
            boolean notNull,
            char storage,
            boolean generated,
            String sqlType) {}

    public Optional<CatalogColumn> column(String name) {
        return columns.stream().filter(column -> column.name().equals(name)).findFirst();
    }
}
