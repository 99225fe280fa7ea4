package io.vectorferry.producer.mongo.documents;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** A document as it is published: its chosen fields, and the list of its references. */
public final class DocumentRows {
    private final MongoConfig config;
    private final DocumentJoin join;
    private final BsonFields fields;

    public DocumentRows(MongoConfig config, DocumentJoin join, DocumentTypes types) {
        this.config = config;
        this.join = join;
        this.fields = new BsonFields(types);
    }

    public SourceKey key(BsonDocument document) {
        BsonValue id = document.get("_id", BsonNull.VALUE);
        return new SourceKey(
                join.collection(),
                List.of(
                        id.isString() || id.isObjectId()
                                ? new Value.Text(Reference.textOf(id))
                                : id.isInt32() || id.isInt64()
                                        ? new Value.Whole(id.asNumber().longValue())
                                        : new Value.Text(new BsonDocument("_id", id).toJson())));
    }

    /** @throws FerryException of kind REJECTED_RECORD where a field has a value that no column can hold */
    public Row row(BsonDocument document) {
        List<Field> all = new ArrayList<>(fields(document));
        List<Value> references = new ArrayList<>();
        references(document).forEach(reference -> references.add(new Value.Text(reference)));
        all.add(new Field(join.references(), FieldType.listOf(FieldType.Name.TEXT), new Value.Items(references)));
        return new Row(null, all);
    }

    /**
     * Returns the fields without the references.
     *
     * @throws FerryException as {@link #row}
     */
    public List<Field> fields(BsonDocument document) {
        List<Field> chosen = new ArrayList<>();
        for (String name : config.fields()) {
            at(document, name).flatMap(value -> fields.of(name, value)).ifPresent(chosen::add);
        }
        return chosen;
    }

    public Set<String> references(BsonDocument document) {
        Set<String> found = new LinkedHashSet<>();
        config.references().in(document).forEach(reference -> found.add(reference.text()));
        return found;
    }

    /** A field within a subdocument is named {@code meta.lang}. */
    public static Optional<BsonValue> at(BsonDocument document, String name) {
        @Nullable BsonValue value = document;
        for (String part : name.split("\\.", -1)) {
            value = value != null && value.isDocument() ? value.asDocument().get(part) : null;
        }
        return Optional.ofNullable(value);
    }
}
