package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import java.util.Collection;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.lance.Dataset;

/** Ids in the language of Lance's filters, which has no parameters. */
public final class StoredIds {
    private StoredIds() {}

    /** An id of the other kind is in no row, and a filter that compared them would fail. */
    public static boolean isOfKind(TargetKey.Id id, Dataset dataset, String column) {
        boolean numbers = dataset.getSchema().findField(column).getType() instanceof ArrowType.Int;
        return switch (id) {
            case TargetKey.NumberId ignored -> numbers;
            case TargetKey.TextId ignored -> !numbers;
        };
    }

    /** Returns the id in a row of a column of whole numbers or texts. */
    public static TargetKey.Id id(FieldVector column, int row) {
        return switch (StoredValues.value(column, row)) {
            case Value.Whole(long number) -> new TargetKey.NumberId(number);
            case Value.Text(String text) -> new TargetKey.TextId(text);
            case Value other -> throw new IllegalArgumentException("no id: " + other.getClass());
        };
    }

    /** The language's tokenizer reads printable ASCII as it is written; it stumbles over quotes, backslashes, other characters, and the number that has no positive. */
    public static boolean hasLiteral(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> value != Long.MIN_VALUE;
            case TargetKey.TextId(String value) ->
                value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '\'' && c != '"' && c != '\\');
        };
    }

    public static String filter(String column, Collection<? extends TargetKey.Id> ids) {
        return ids.stream().map(StoredIds::literal).collect(Collectors.joining(", ", "`" + column + "` IN (", ")"));
    }

    private static String literal(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> Long.toString(value);
            case TargetKey.TextId(String value) -> "'" + value + "'";
        };
    }
}
