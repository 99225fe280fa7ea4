package io.vectorferry.sink.milvus.collection;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.sink.milvus.collection.CollectionLayout.TypedField;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Refuses a collection that cannot hold the rows, and names every reason at once. */
public final class LayoutCheck {
    private final CollectionLayout layout;
    private final MilvusConfig config;
    private final List<String> problems = new ArrayList<>();

    private LayoutCheck(CollectionLayout layout, MilvusConfig config) {
        this.layout = layout;
        this.config = config;
    }

    public static void require(CollectionLayout layout, TargetSchema schema, MilvusConfig config) {
        LayoutCheck check = new LayoutCheck(layout, config);
        check.id(schema);
        check.vectors(schema);
        check.columns(schema);
        if (!check.problems.isEmpty()) {
            throw FerryException.misconfigured(
                    "collection %s has fields for other rows: %s"
                            .formatted(layout.collection(), String.join("; ", check.problems)),
                    "Set another `collection` for this target (it is created correctly), or drop that one. If the source's column was changed, use another `pipeline` name too: the topics of this pipeline have rows of both kinds.");
        }
    }

    private void id(TargetSchema schema) {
        CollectionLayout.IdField id = layout.id();
        if (!id.name().equals(FieldNames.ID)) {
            problems.add("its primary key is `%s`, but must be `%s`".formatted(id.name(), FieldNames.ID));
        }
        if (id.automatic()) {
            problems.add("it generates ids (auto-ID), so a repeated write would duplicate a row");
        }
        if (id.kind().filter(schema.idKind()::equals).isEmpty()) {
            problems.add("its primary key is %s, but the ids of the rows are of kind %s"
                    .formatted(id.type(), schema.idKind()));
        }
    }

    private void vectors(TargetSchema schema) {
        if (layout.vectors().isEmpty() || schema.vectors().isEmpty()) {
            problems.add("it and the rows must both have a vector");
            return;
        }
        if (layout.vectors().size() == 1 && schema.vectors().size() == 1) {
            vector(layout.vectors().getFirst(), schema.vectors().getFirst());
            return;
        }
        Set<String> ofRows = new HashSet<>();
        for (VectorShape shape : schema.vectors()) {
            String field = FieldNames.legal(shape.name());
            ofRows.add(field);
            layout.vector(field)
                    .ifPresentOrElse(
                            found -> vector(found, shape),
                            () -> problems.add("it has no vector `%s`".formatted(shape.name())));
        }
        layout.vectors().stream()
                .filter(field -> !ofRows.contains(field.name()))
                .forEach(field ->
                        problems.add("its vector `%s` is not among those of the rows".formatted(field.name())));
    }

    private void vector(CollectionLayout.VectorField field, VectorShape shape) {
        if (!field.name().equals(FieldNames.legal(shape.name()))) {
            problems.add("its vector is `%s`, but that of the rows is `%s`".formatted(field.name(), shape.name()));
        }
        if (field.element() != shape.element()) {
            problems.add(
                    "its vectors are %s, but those of the rows are %s".formatted(field.element(), shape.element()));
        } else if (field.dimension() != shape.dimension() && field.dimension() > 0) {
            problems.add("its vectors have %d dimensions, but those of the rows have %d"
                    .formatted(field.dimension(), shape.dimension()));
        }
    }

    private void columns(TargetSchema schema) {
        for (Map.Entry<String, FieldType> column : schema.fields().entrySet()) {
            Optional<TypedField> field = layout.typedField(column.getKey());
            if (field.isPresent() && !MilvusTypes.isOfKind(field.get().type(), column.getValue())) {
                problems.add("its field `%s` is %s, but the column is %s"
                        .formatted(
                                field.get().name(),
                                field.get().type(),
                                column.getValue().name()));
            } else if (field.isEmpty() && !layout.dynamic()) {
                problems.add("it has neither a field `%s` nor a dynamic field".formatted(column.getKey()));
            }
        }
        layout.typed().forEach((name, field) -> {
            if (!field.nullable() && !schema.fields().containsKey(name)) {
                problems.add("its field `%s` must have a value, but the rows have no such column".formatted(name));
            }
        });
        config.partitionKey().ifPresent(this::partitionKey);
    }

    private void partitionKey(String column) {
        if (layout.typedField(column).filter(TypedField::partitionKey).isEmpty()) {
            problems.add("`%s` is not its partition key".formatted(column));
        }
    }
}
