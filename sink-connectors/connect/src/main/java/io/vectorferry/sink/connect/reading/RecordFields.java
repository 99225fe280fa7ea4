package io.vectorferry.sink.connect.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** A Struct or a schemaless map, read alike. */
public record RecordFields(List<Item> items) {
    /** @param schema null where the converter tells none */
    record Item(
            String name, @Nullable Schema schema, @Nullable Object value) {}

    public RecordFields {
        items = List.copyOf(items);
    }

    /** Empty when the value is neither. A map's items are sorted, since it has no order of its own. */
    public static Optional<RecordFields> of(@Nullable Object value) {
        List<Item> items = new ArrayList<>();
        switch (value) {
            case Struct struct -> {
                for (Field field : struct.schema().fields()) {
                    // Not get(): a NULL must not turn into the column's default.
                    items.add(new Item(field.name(), field.schema(), struct.getWithoutDefault(field.name())));
                }
            }
            case Map<?, ?> map -> {
                TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
                map.forEach((key, entry) -> sorted.put(String.valueOf(key), entry));
                sorted.forEach((name, entry) -> items.add(new Item(name, null, entry)));
            }
            case null, default -> {
                return Optional.empty();
            }
        }
        return Optional.of(new RecordFields(items));
    }

    Optional<Item> item(String name) {
        for (Item item : items) {
            if (item.name().equals(name)) {
                return Optional.of(item);
            }
        }
        return Optional.empty();
    }

    boolean has(String name) {
        return item(name).isPresent();
    }

    /** Empty when there is none or it is NULL. */
    public Optional<Object> value(String name) {
        return item(name).map(Item::value);
    }

    Optional<RecordFields> content(String name) {
        return value(name).flatMap(RecordFields::of);
    }

    public Optional<String> text(String name) {
        return value(name).filter(String.class::isInstance).map(String.class::cast);
    }

    Optional<Long> whole(String name) {
        return value(name).filter(Number.class::isInstance).map(v -> ((Number) v).longValue());
    }
}
