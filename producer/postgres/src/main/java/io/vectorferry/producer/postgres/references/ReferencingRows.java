package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.postgres.config.DocumentTable;
import io.vectorferry.producer.postgres.references.MappingTable.Mapping;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.spi.NewIds;
import io.vectorferry.producer.spi.ReferencesReport;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads documents with their references, and sets references; within the caller's transaction. */
public final class ReferencingRows {
    /** Alias of the table: without it, ORDER BY would mean the selected text of the column, which has the same name. */
    private static final String TABLE = "d";

    private final TableShape shape;
    private final TableShape.Column column;
    private final Optional<String> dataset;
    private final String key;

    ReferencingRows(DocumentTable documents, TableShape shape) {
        this.shape = shape;
        this.column = shape.column(documents.join().references()).orElseThrow();
        this.dataset = documents.references().dataset();
        this.key = shape.key().stream()
                .map(part -> TABLE + "." + QualifiedName.quoted(part.name()))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    TableShape.Column column() {
        return column;
    }

    /** Returns a page in the order of the key. */
    public List<Row> page(Connection connection, Optional<List<String>> after, int size) throws SQLException {
        String sql = "%s %s ORDER BY %s LIMIT %d"
                .formatted(
                        select(),
                        after.map(last -> "WHERE %s > %s".formatted(key, parameters()))
                                .orElse(""),
                        key.substring(1, key.length() - 1),
                        size);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (after.isPresent()) {
                setKey(statement, 1, after.get());
            }
            return read(statement);
        }
    }

    /** Returns the rows that still exist, locked until the transaction ends, so that nobody changes them meanwhile. */
    public List<Row> locked(Connection connection, Collection<List<String>> keys) throws SQLException {
        String sql = "%s WHERE %s IN (%s) ORDER BY %s FOR UPDATE"
                .formatted(
                        select(),
                        key,
                        String.join(", ", Collections.nCopies(keys.size(), parameters())),
                        key.substring(1, key.length() - 1));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = 1;
            for (List<String> one : keys) {
                next = setKey(statement, next, one);
            }
            return read(statement);
        }
    }

    public void set(Connection connection, List<Row> rows) throws SQLException {
        String value = isList() ? "?::text[]::%s" : "(?::text[])[1]::%s";
        String sql = "UPDATE %s AS %s SET %s = %s WHERE %s = %s"
                .formatted(
                        shape.name().sql(),
                        TABLE,
                        QualifiedName.quoted(column.name()),
                        value.formatted(QualifiedName.quoted(column.typeName())),
                        key,
                        parameters());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Row row : rows) {
                statement.setArray(
                        1, connection.createArrayOf("text", row.references().toArray()));
                setKey(statement, 2, row.key());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private boolean isList() {
        return column.type().fieldType().list();
    }

    private String select() {
        String name = QualifiedName.quoted(column.name());
        List<String> expressions = new ArrayList<>();
        shape.key().forEach(part -> expressions.add(QualifiedName.quoted(part.name()) + "::text"));
        expressions.add(isList() ? name + "::text[]" : "ARRAY[%s::text]".formatted(name));
        expressions.add(
                isList()
                        ? "coalesce(array_ndims(%1$s) = 1 AND array_lower(%1$s, 1) = 1, true)".formatted(name)
                        : "true");
        expressions.add(
                dataset.map(found -> QualifiedName.quoted(found) + "::text").orElse("NULL::text"));
        return "SELECT %s FROM %s AS %s"
                .formatted(String.join(", ", expressions), shape.name().sql(), TABLE);
    }

    private List<Row> read(PreparedStatement statement) throws SQLException {
        List<Row> rows = new ArrayList<>();
        int parts = shape.key().size();
        try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                List<String> keyOfRow = new ArrayList<>();
                for (int i = 1; i <= parts; i++) {
                    keyOfRow.add(found.getString(i));
                }
                boolean isPlain = found.getBoolean(parts + 2);
                List<@Nullable String> references = isPlain ? texts(found.getArray(parts + 1)) : List.of();
                rows.add(new Row(keyOfRow, references, found.getString(parts + 3), isPlain));
            }
        }
        return rows;
    }

    private static List<@Nullable String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : Arrays.asList((@Nullable String[]) array.getArray());
    }

    private String parameters() {
        return shape.key().stream().map(part -> "?").collect(Collectors.joining(", ", "(", ")"));
    }

    /** Returns the next parameter. The server reads each text as the type of what it is compared with. */
    private static int setKey(PreparedStatement statement, int first, List<String> key) throws SQLException {
        int next = first;
        for (String part : key) {
            statement.setObject(next++, part, Types.OTHER);
        }
        return next;
    }

    /**
     * A document and its references, all as text.
     *
     * @param references by their place; a single one if the column is not an array; NULL elements stay
     * @param isPlain false for an array of several dimensions, or that does not begin at 1: it is left alone
     */
    public record Row(
            List<String> key,
            List<@Nullable String> references,
            @Nullable String dataset,
            boolean isPlain) {
        public Row {
            key = List.copyOf(key);
            references = Collections.unmodifiableList(new ArrayList<>(references)); // which may hold NULL
        }

        @Nullable
        public String at(int position) {
            return position < references.size() ? references.get(position) : null;
        }

        public Row with(Map<Integer, String> changed) {
            List<@Nullable String> now = new ArrayList<>(references);
            changed.forEach(now::set);
            return new Row(key, now, dataset, isPlain);
        }
    }

    /**
     * The changes of the references of one document. Old and new ids may be the same numbers ({@code allocate} counts
     * from 1), so an id alone does not tell whether it was rewritten: the mapping table does.
     */
    public record Rewrite(Row now, List<Mapping> mappings, ReferencesReport report) {

        public static Rewrite of(Row row, List<Mapping> noted, NewIds ids) {
            if (!row.isPlain()) {
                return new Rewrite(row, List.of(), new ReferencesReport(1, 1, 0, 0, 0, 1));
            }
            List<Mapping> mappings = new ArrayList<>();
            Map<Integer, String> changed = new HashMap<>();
            long references = 0;
            long already = 0;
            long unmapped = 0;
            long unclear = 0;
            for (int position = 0; position < row.references().size(); position++) {
                @Nullable String value = row.at(position);
                if (value == null) {
                    continue;
                }
                references++;
                Optional<String> id = ids.of(value).map(Rewrite::text);
                if (isAt(noted, position, value)) {
                    already++;
                } else if (noted.stream().anyMatch(one -> one.newId().equals(value))) {
                    // It was moved within its array, or written with an old id that is a new one too.
                    already += id.isEmpty() ? 1 : 0;
                    unclear += id.isEmpty() ? 0 : 1;
                } else if (id.isEmpty()) {
                    unmapped++;
                } else if (id.get().equals(value)) {
                    already++;
                } else {
                    changed.put(position, id.get());
                    mappings.add(new Mapping(row.key(), position, value, id.get(), row.dataset()));
                }
            }
            return new Rewrite(
                    row.with(changed),
                    mappings,
                    new ReferencesReport(1, references, changed.size(), already, unmapped, unclear));
        }

        private static boolean isAt(List<Mapping> noted, int position, String value) {
            return noted.stream()
                    .anyMatch(one -> one.position() == position && one.newId().equals(value));
        }

        private static String text(TargetKey.Id id) {
            return switch (id) {
                case TargetKey.NumberId(long number) -> Long.toString(number);
                case TargetKey.TextId(String text) -> text;
            };
        }
    }

    /**
     * A document's references as they are put back: wherever one still has its new id, even if it moved within its
     * array.
     */
    public record Revert(Row now, ReferencesReport report) {

        public static Revert of(Row row, List<Mapping> noted) {
            Map<Integer, String> changed = new HashMap<>();
            Set<Integer> taken = new HashSet<>();
            noted.stream().filter(one -> hasNew(row, one)).forEach(one -> taken.add(one.position()));
            long back = 0;
            long gone = 0;
            for (Mapping one : noted) {
                Optional<Integer> place = hasNew(row, one) ? Optional.of(one.position()) : elsewhere(row, one, taken);
                if (place.isPresent()) {
                    changed.put(place.get(), one.oldId());
                } else if (Objects.equals(row.at(one.position()), one.oldId())) {
                    back++;
                } else {
                    gone++;
                }
            }
            return new Revert(row.with(changed), new ReferencesReport(1, noted.size(), changed.size(), back, 0, gone));
        }

        /** Returns the report for a document that was deleted. */
        static ReferencesReport gone(List<Mapping> noted) {
            return new ReferencesReport(1, noted.size(), 0, 0, 0, noted.size());
        }

        private static boolean hasNew(Row row, Mapping one) {
            return one.newId().equals(row.at(one.position()));
        }

        private static Optional<Integer> elsewhere(Row row, Mapping one, Set<Integer> taken) {
            return IntStream.range(0, row.references().size())
                    .filter(place -> one.newId().equals(row.at(place)))
                    .boxed()
                    .filter(taken::add)
                    .findFirst();
        }
    }
}
