package io.vectorferry.stores.chroma;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.contracts.wire.TypeName;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The types of the metadata keys whose values are not all of one kind. They are settled when a generation begins and
 * hold for all of it; every other key has the type of its value.
 */
public record MetadataTypes(Map<String, FieldType.Name> mixed) {
    public static final MetadataTypes NATIVE = new MetadataTypes(Map.of());

    private static final Set<String> NUMBERS = Set.of("int", "float");

    public MetadataTypes {
        mixed = Map.copyOf(mixed);
    }

    /** Whole numbers beside real ones become real; any other mixture becomes text. */
    public static MetadataTypes of(ChromaCollection collection) {
        Map<String, FieldType.Name> mixed = new TreeMap<>();
        collection.metadataTypes().forEach((key, kinds) -> {
            if (kinds.size() > 1) {
                mixed.put(key, onlyNumbers(kinds) ? FieldType.Name.REAL64 : FieldType.Name.TEXT);
            }
        });
        return new MetadataTypes(mixed);
    }

    /** Returns the types recorded when the generation began. */
    public static MetadataTypes settledIn(SnapshotProgress recorded) {
        Map<String, FieldType.Name> mixed = new TreeMap<>();
        recorded.getFieldTypesMap().forEach((key, type) -> mixed.put(key, FieldType.Name.valueOf(type.name())));
        return new MetadataTypes(mixed);
    }

    public Map<String, TypeName> settled() {
        Map<String, TypeName> settled = new TreeMap<>();
        mixed.forEach((key, type) -> settled.put(key, TypeName.valueOf(type.name())));
        return settled;
    }

    private static boolean onlyNumbers(Collection<String> kinds) {
        return NUMBERS.containsAll(kinds);
    }
}
