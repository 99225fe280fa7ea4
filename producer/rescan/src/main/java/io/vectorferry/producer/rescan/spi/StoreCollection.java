package io.vectorferry.producer.rescan.spi;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.util.List;
import java.util.Map;

/**
 * A collection as the store describes it now.
 *
 * @param id of this collection alone, as a file name: another one of its name, and one whose keys are other columns or of another
 *     type, has another id. A collection that is replaced under its id is read again, and what it no longer holds is deleted.
 * @param types of the fields whose values are not all of one type: they are settled when a generation begins and hold for all of it
 */
public record StoreCollection(String name, String id, KeyKind keys, Map<String, FieldType.Name> types) {
    public enum KeyKind {
        WHOLE,
        TEXT
    }

    public StoreCollection {
        types = Map.copyOf(types);
    }

    /** Returns the key of a row by its text, as {@link #textOf} makes it. */
    public SourceKey key(String text) {
        Value part =
                switch (keys) {
                    case WHOLE -> new Value.Whole(Long.parseLong(text));
                    case TEXT -> new Value.Text(text);
                };
        return new SourceKey(name, List.of(part));
    }

    /** Returns the text of a row's key, by which its published content is remembered. */
    public static String textOf(SourceKey key) {
        return switch (key.parts().getFirst()) {
            case Value.Text(String text) -> text;
            case Value.Whole(long number) -> Long.toString(number);
            case Value other -> throw new IllegalArgumentException("no key of a collection: " + other.getClass());
        };
    }
}
