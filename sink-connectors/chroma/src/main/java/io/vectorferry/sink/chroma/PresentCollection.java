package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ExactFloats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A collection with what ferry notes in its metadata: the source's columns and their exact types, the kind of its ids (Chroma has only
 * text), and the element type of its vectors (Chroma has only float32).
 */
record PresentCollection(ChromaCollection chroma) {
    private static final String IDS = "vectorferry.ids";
    private static final String ELEMENT = "vectorferry.element";

    /** Returns what the metadata of a collection with rows of the schema says. */
    static Map<String, String> metadata(TargetSchema schema, VectorShape vector, ColumnCatalog catalog) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(IDS, schema.idKind().name());
        metadata.put(ELEMENT, vector.element().name());
        metadata.put(ColumnCatalog.PROPERTY, catalog.text());
        return metadata;
    }

    Optional<Space> space() {
        return chroma.metric().map(Space::of);
    }

    private Optional<String> noted(String key) {
        return Optional.ofNullable(chroma.metadata().path(key).textValue());
    }

    /** Empty as long as ferry has not prepared the collection. */
    Optional<ColumnCatalog> catalog() {
        return noted(ColumnCatalog.PROPERTY).map(ColumnCatalog::parse);
    }

    Optional<IdKind> idKind() {
        return noted(IDS).flatMap(name -> constant(IdKind.values(), name));
    }

    VectorElement element() {
        return noted(ELEMENT)
                .flatMap(name -> constant(VectorElement.values(), name))
                .orElse(VectorElement.FLOAT32);
    }

    private static <E extends Enum<E>> Optional<E> constant(E[] values, String name) {
        for (E value : values) {
            if (value.name().equals(name)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /** Returns the schema of the rows that ferry has written; empty if it has written none. */
    Optional<TargetSchema> filledWith() {
        return catalog().flatMap(catalog -> idKind().map(kind -> new TargetSchema(
                chroma.name(),
                kind,
                new VectorShape(catalog.vectorColumn(), element(), chroma.dimension()),
                catalog.fields())));
    }

    /** Returns the id of a record: a number only in its canonical form, so that 1 and 01 are not the same row. */
    TargetKey.Id id(String text) {
        if (idKind().equals(Optional.of(IdKind.NUMBER))) {
            try {
                long number = Long.parseLong(text);
                if (Long.toString(number).equals(text)) {
                    return new TargetKey.NumberId(number);
                }
            } catch (NumberFormatException e) {
                return new TargetKey.TextId(text); // of somebody else's record
            }
        }
        return new TargetKey.TextId(text);
    }

    /** Whether a record of the collection can have the id: a number in a collection of texts is not the text of its digits. */
    boolean canHold(TargetKey.Id id) {
        return !id.text().isEmpty() && id(id.text()).equals(id);
    }

    /** Every metadata key that a record may have: those of the catalog, and those that the server has ever seen. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        catalog().map(ColumnCatalog::fields).map(Map::keySet).ifPresent(keys::addAll);
        keys.addAll(chroma.metadataTypes().keySet());
        keys.removeIf(key -> !MetadataValues.isLegalKey(key));
        keys.addAll(keys.stream()
                .filter(this::mayBeFloat)
                .map(key -> ExactFloats.PREFIX + key)
                .toList());
        return keys;
    }

    private boolean mayBeFloat(String key) {
        return chroma.metadataTypes().getOrDefault(key, Set.of()).contains("float")
                || catalog()
                        .map(catalog -> catalog.fields().get(key))
                        .filter(type -> type.name() == FieldType.Name.REAL64)
                        .isPresent();
    }

    /** Whether the catalog has the column as text, so that it is not metadata. */
    static boolean isText(Map<String, FieldType> fields, String column) {
        @Nullable FieldType type = fields.get(column);
        return type != null && type.equals(FieldType.of(FieldType.Name.TEXT));
    }

    /** Refuses a collection that cannot hold the rows, and names every reason at once. */
    void require(TargetSchema schema, VectorShape vector, ChromaTargetConfig config) {
        List<String> problems = new ArrayList<>();
        Optional<Space> space = space();
        if (space.isEmpty()) {
            problems.add("the server does not tell its space");
        } else if (config.space().filter(wanted -> wanted != space.get()).isPresent()) {
            problems.add("its space is %s, but `space` is %s"
                    .formatted(space.get().label(), config.space().get().label()));
        }
        if (chroma.dimension() > 0 && chroma.dimension() != vector.dimension()) {
            problems.add("its vectors have %d dimensions, but those of the rows have %d"
                    .formatted(chroma.dimension(), vector.dimension()));
        }
        idKind().filter(kind -> kind != schema.idKind())
                .ifPresent(kind -> problems.add("its ids are of kind %s, but those of the rows are of kind %s"
                        .formatted(kind, schema.idKind())));
        catalog().ifPresent(catalog -> {
            if (!catalog.vectorColumn().equals(vector.name())) {
                problems.add("its vector is `%s`, but that of the rows is `%s`"
                        .formatted(catalog.vectorColumn(), vector.name()));
            }
            if (element() != vector.element()) {
                problems.add("its vectors are %s, but those of the rows are %s".formatted(element(), vector.element()));
            }
        });
        if (!problems.isEmpty()) {
            throw FerryException.misconfigured(
                    "collection %s holds other rows: %s".formatted(chroma.name(), String.join("; ", problems)),
                    "Set another `collection` for this target (it is created correctly), or drop that one. If the source's column was changed, use another `pipeline` name too: the topics of this pipeline have rows of both kinds.");
        }
    }
}
