package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.DidYouMean;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.producer.postgres.table.TableShape.ReplicaIdentity;
import io.vectorferry.producer.postgres.table.TableShape.Role;
import io.vectorferry.stores.postgres.Catalog;
import io.vectorferry.stores.postgres.Catalog.Table.CatalogColumn;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Fits what a pipeline wants of a table to what the catalog has; what does not fit becomes findings with their remedies. */
public final class ShapeResolver {
    private static final String ID = "id";
    private static final Pattern QUOTED = Pattern.compile("([\"'`]).*\\1", Pattern.DOTALL);

    private final String section;
    private final PostgresConfig.Table wanted;
    private final Catalog.Table found;
    private final List<Finding> findings = new ArrayList<>();

    /** @param shape empty when a finding is an error */
    public record Resolution(Optional<TableShape> shape, List<Finding> findings) {}

    private ShapeResolver(String section, PostgresConfig.Table wanted, Catalog.Table found, List<Finding> ofParts) {
        this.section = section;
        this.wanted = wanted;
        this.found = found;
        this.findings.addAll(ofParts);
    }

    /**
     * @param section of the pipeline file that names the table
     * @param sampledDimensions of the rows of vector columns without a dimension, by column
     * @param ofParts what {@link TableParts} finds
     */
    static Resolution resolve(
            String section,
            PostgresConfig.Table wanted,
            Catalog.Table found,
            Map<String, Integer> sampledDimensions,
            List<Finding> ofParts) {
        ShapeResolver resolver = new ShapeResolver(section, wanted, found, ofParts);
        TableShape shape = resolver.shape(sampledDimensions);
        boolean usable = resolver.findings.stream().noneMatch(f -> f.level() == Finding.Level.ERROR);
        return new Resolution(usable ? Optional.of(shape) : Optional.empty(), List.copyOf(resolver.findings));
    }

    private TableShape shape(Map<String, Integer> sampledDimensions) {
        checkKind();
        List<String> keyNames = keyNames();
        checkColumnsExist();
        checkName();
        checkColumnNames();
        checkIdName(keyNames);
        List<Column> columns = new ArrayList<>();
        for (CatalogColumn column : found.columns()) {
            role(column, keyNames).ifPresent(role -> columns.add(column(column, role, sampledDimensions)));
        }
        orderVectors(columns);
        List<Column> key = new ArrayList<>();
        for (String name : keyNames) {
            columns.stream().filter(column -> column.name().equals(name)).forEach(key::add);
        }
        return new TableShape(wanted.name(), found.oid(), columns, key, identity(), found.leaves());
    }

    /** Puts the vectors, in the file's order, where the catalog has vectors. */
    private void orderVectors(List<Column> columns) {
        Iterator<Column> ordered = columns.stream()
                .filter(column -> column.role() == Role.VECTOR)
                .sorted(Comparator.comparingInt(column -> wanted.vectors().indexOf(column.name())))
                .toList()
                .iterator();
        columns.replaceAll(column -> column.role() == Role.VECTOR ? ordered.next() : column);
    }

    private void checkKind() {
        if (!isTable()) {
            error("table", "is not a table: views and foreign tables have no log", "Name the table behind it.");
        }
        if (!found.children().isEmpty()) {
            boolean chunks =
                    found.children().stream().anyMatch(child -> child.schema().startsWith("_timescaledb"));
            error(
                    "inheritance",
                    "has tables that inherit from it (%s%s): SELECT reads their rows too, but their changes are in the log under their own names"
                            .formatted(
                                    found.children().getFirst().collection(),
                                    found.children().size() > 1 ? ", …" : ""),
                    chunks
                            ? "Hypertables cannot be replicated: keep the vectors in an ordinary or a partitioned table (PARTITION BY)."
                            : "Make it a partitioned table (PARTITION BY), or end the inheritance: ALTER TABLE %s NO INHERIT %s;"
                                    .formatted(
                                            found.children().getFirst().sql(),
                                            wanted.name().sql()));
        }
    }

    private boolean isTable() {
        return found.kind() == 'r' || found.kind() == 'p';
    }

    private List<String> keyNames() {
        boolean byIndex =
                found.replicaIdentity() == 'i' && !found.identityIndex().isEmpty();
        List<String> names = byIndex ? found.identityIndex() : found.primaryKey();
        if (names.isEmpty() && isTable()) {
            error(
                    "primary_key",
                    "has no primary key, so its rows cannot be distinguished",
                    found.kind() == 'p'
                            ? "ALTER TABLE %s ADD PRIMARY KEY (…);"
                                    .formatted(wanted.name().sql())
                            : "CREATE UNIQUE INDEX CONCURRENTLY %1$s ON %2$s (…); ALTER TABLE %2$s ADD PRIMARY KEY USING INDEX %1$s;  -- or, of NOT NULL columns: REPLICA IDENTITY USING INDEX %1$s"
                                    .formatted(
                                            QualifiedName.quoted(wanted.name().table() + "_key"),
                                            wanted.name().sql()));
        }
        return names;
    }

    private void checkColumnsExist() {
        Set<String> names = new LinkedHashSet<>();
        names.addAll(wanted.vectors());
        wanted.text().ifPresent(names::add);
        names.addAll(wanted.fields());
        for (String name : names) {
            if (found.column(name).isEmpty()) {
                boolean isVector = wanted.vectors().contains(name);
                error(
                        "column",
                        "has no column " + name
                                + DidYouMean.hint(
                                        name,
                                        found.columns().stream()
                                                .map(CatalogColumn::name)
                                                .toList())
                                + "; nothing of this source is captured without it",
                        columnRemedy(name, isVector));
            }
        }
    }

    /** The column may have gone while the pipeline ran. */
    private String columnRemedy(String name, boolean isVector) {
        String table = wanted.name().sql();
        String without = isVector && wanted.vectors().size() > 1
                ? "or remove the name from the table's vectors"
                : isVector
                        ? "or remove %s from %s.tables (its rows stay in the target)"
                                .formatted(wanted.collection(), section)
                        : "or remove the name from the table's fields or text";
        return "Write the column's name in the pipeline file as in the catalog. If the column was dropped, add it again and fill it (ALTER TABLE %s ADD COLUMN %s …;), %s. Then start again"
                .formatted(table, QualifiedName.quoted(name), without);
    }

    private void checkName() {
        if (!wanted.name().isReadByDebezium()) {
            error(
                    "table",
                    "has a schema or a name with a quote at its start or end, or with two ' or ` together: capture reads it as another name",
                    "ALTER TABLE %s RENAME TO …;  -- or ALTER SCHEMA %s RENAME TO …;"
                            .formatted(
                                    wanted.name().sql(),
                                    QualifiedName.quoted(wanted.name().schema())));
        }
    }

    /** Debezium compares the names of columns without their case, and takes quotes around one for SQL. */
    private void checkColumnNames() {
        Map<String, String> seen = new HashMap<>();
        for (CatalogColumn column : found.columns()) {
            String other = seen.put(column.name().toLowerCase(Locale.ROOT), column.name());
            if (other != null) {
                error(
                        "column",
                        "has the columns %s and %s, whose names differ only in case: capture cannot distinguish them"
                                .formatted(other, column.name()),
                        "ALTER TABLE %s RENAME COLUMN %s TO …;"
                                .formatted(wanted.name().sql(), QualifiedName.quoted(column.name())));
            }
            if (QUOTED.matcher(column.name()).matches()) {
                error(
                        "column",
                        "has a column whose name is in quotes, %s: capture would drop them".formatted(column.name()),
                        "ALTER TABLE %s RENAME COLUMN %s TO …;"
                                .formatted(wanted.name().sql(), QualifiedName.quoted(column.name())));
            }
        }
    }

    private void checkIdName(List<String> keyNames) {
        boolean taken = keyNames.size() == 1
                && !keyNames.contains(ID)
                && found.column(ID).isPresent()
                && (wanted.fields().isEmpty() || wanted.fields().contains(ID));
        if (taken) {
            findings.add(Finding.warning(
                    "id_column",
                    wanted.collection() + " has a column named id that is not the key; in the target, id is the key",
                    "transform: [{rename: {id: original_id}}], or remove it from fields"));
        }
    }

    private Optional<Role> role(CatalogColumn column, List<String> keyNames) {
        boolean key = keyNames.contains(column.name());
        boolean vector = wanted.vectors().contains(column.name());
        boolean chosen = wanted.fields().contains(column.name())
                || wanted.text().filter(column.name()::equals).isPresent();
        if (vector) {
            return Optional.of(Role.VECTOR);
        }
        if (key) {
            boolean payload = !column.name().equals(ID) && (keyNames.size() > 1 || chosen);
            return Optional.of(payload ? Role.KEY_AND_FIELD : Role.KEY);
        }
        return wanted.fields().isEmpty() || chosen ? Optional.of(Role.FIELD) : Optional.empty();
    }

    private Column column(CatalogColumn column, Role role, Map<String, Integer> sampledDimensions) {
        ColumnType type = ColumnType.ofField(column.typeName(), column.typmod());
        if (role == Role.VECTOR) {
            type = ColumnType.ofVector(column.typeName(), column.typmod())
                    .map(found -> withDimension(found, column.name(), sampledDimensions))
                    .orElseGet(() -> {
                        error(
                                "vector_type",
                                "column %s is of type %s, which is not a vector type"
                                        .formatted(column.name(), column.typeName()),
                                "Name a column of type vector, halfvec, sparsevec or bit.");
                        return new ColumnType.AsText();
                    });
        }
        return new Column(
                column.name(),
                column.number(),
                column.typeName(),
                type,
                role,
                column.storage() != 'p',
                column.generated(),
                column.sqlType());
    }

    private ColumnType withDimension(ColumnType type, String column, Map<String, Integer> sampledDimensions) {
        if (type instanceof ColumnType.OfVector(var element, int declared) && declared == 0) {
            int configured = wanted.dimension(column);
            return new ColumnType.OfVector(
                    element, configured > 0 ? configured : sampledDimensions.getOrDefault(column, 0));
        }
        return type;
    }

    private ReplicaIdentity identity() {
        return switch (found.replicaIdentity()) {
            case 'f' -> ReplicaIdentity.FULL;
            case 'i' -> ReplicaIdentity.INDEX;
            case 'n' -> ReplicaIdentity.NOTHING;
            default -> ReplicaIdentity.DEFAULT;
        };
    }

    private void error(String check, String what, String remedy) {
        findings.add(Finding.error(check, wanted.collection() + " " + what, remedy));
    }
}
