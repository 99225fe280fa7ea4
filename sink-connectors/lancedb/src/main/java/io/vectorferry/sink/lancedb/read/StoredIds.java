package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.lancedb.table.ColumnTypes;
import java.util.Collection;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.lance.Dataset;

/** Ids in the language of Lance's filters, which has no parameters. */
public final class StoredIds {
    private StoredIds() {}

    /** An id of the other kind is in no row, and a filter that compared them would fail. */
    static boolean isOfKind(TargetKey.Id id, Dataset dataset) {
        boolean numbers = dataset.getSchema().findField(ColumnTypes.ID).getType() instanceof ArrowType.Int;
        return switch (id) {
            case TargetKey.NumberId ignored -> numbers;
            case TargetKey.TextId ignored -> !numbers;
        };
    }

    /** The language's tokenizer reads printable ASCII as it is written; it stumbles over quotes, backslashes, other characters, and the number that has no positive. */
    static boolean hasLiteral(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> value != Long.MIN_VALUE;
            case TargetKey.TextId(String value) ->
                value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '\'' && c != '"' && c != '\\');
        };
    }

    public static String filter(Collection<TargetKey.Id> ids) {
        return ids.stream().map(StoredIds::literal).collect(Collectors.joining(", ", ColumnTypes.ID + " IN (", ")"));
    }

    private static String literal(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> Long.toString(value);
            case TargetKey.TextId(String value) -> "'" + value + "'";
        };
    }
}
