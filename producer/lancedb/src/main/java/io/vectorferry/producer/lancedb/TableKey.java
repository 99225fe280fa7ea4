package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.rescan.spi.StoreCollection.KeyKind;
import io.vectorferry.stores.lancedb.StoredValues;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** The column that identifies the rows of a table. */
record TableKey(String table, String column, KeyKind kind) {
    /** @throws FerryException if the table has no such column, or one of a type that identifies nothing exactly */
    static TableKey in(Schema schema, String table, String column) {
        Optional<Field> field = schema.getFields().stream()
                .filter(one -> one.getName().equals(column))
                .findFirst();
        if (field.isEmpty()) {
            throw FerryException.misconfigured(
                    "table %s has no column `%s`".formatted(table, column),
                    "Set source.lancedb.key to the column that identifies a row, or list the tables that have it in source.lancedb.tables.");
        }
        return new TableKey(
                table,
                column,
                switch (field.get().getType()) {
                    case ArrowType.Int whole
                    when whole.getIsSigned() || whole.getBitWidth() < Long.SIZE -> KeyKind.WHOLE;
                    case ArrowType.Utf8 ignored -> KeyKind.TEXT;
                    case ArrowType.LargeUtf8 ignored -> KeyKind.TEXT;
                    case ArrowType other ->
                        throw FerryException.misconfigured(
                                "column `%s` of table %s cannot identify its rows: it is of type %s"
                                        .formatted(column, table, other),
                                "Set source.lancedb.key to a column of whole numbers or of text.");
                });
    }

    /** Returns what distinguishes this table's memory from another's, as a file name. */
    String memoryId() {
        Hash128 hash =
                Hash128.sha256("%s\n%s\n%s".formatted(table, column, kind).getBytes(StandardCharsets.UTF_8));
        return "%016x%016x".formatted(hash.high(), hash.low());
    }

    /** @param values the key's column of a batch */
    SourceKey of(FieldVector values, int row) {
        return switch (StoredValues.value(values, row)) {
            case Value.Null() ->
                throw FerryException.misconfigured(
                        "a row of table %s has no value in the column `%s`".formatted(table, column),
                        "Give each row a value of its own there, or set source.lancedb.key to the column that identifies a row.");
            case Value part -> new SourceKey(table, List.of(part));
        };
    }

    /** Returns the id by which the rows of the key are found; empty if no row can have it. */
    Optional<TargetKey.Id> idOf(SourceKey key) {
        if (key.parts().size() != 1) {
            return Optional.empty();
        }
        return switch (key.parts().getFirst()) {
            case Value.Whole(long number) when kind == KeyKind.WHOLE -> Optional.of(new TargetKey.NumberId(number));
            case Value.Text(String text) when kind == KeyKind.TEXT -> Optional.of(new TargetKey.TextId(text));
            case Value ignored -> Optional.empty();
        };
    }
}
