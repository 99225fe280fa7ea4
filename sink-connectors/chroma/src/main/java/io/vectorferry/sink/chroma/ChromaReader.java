package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ChromaRecord;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.MetadataTypes;
import io.vectorferry.stores.chroma.RecordsAnswer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a collection by the ids that it lists in one answer, and then in blocks; one that is not there yet is empty. */
final class ChromaReader implements TargetReader {
    /** The column that a record's URI is, as the Chroma source has it. */
    static final String URI = "chroma_uri";

    private static final int BLOCK_ROWS = 1_000;

    /** Tolerated error of a vector that Chroma keeps as a direction and a length, as a fraction of its largest component. */
    private static final double COSINE_TOLERANCE = 1e-6;

    private final ChromaClient client;
    private final String name;
    private final ChromaTargetConfig config;

    /** Null as long as no collection was found. */
    private @Nullable Double tolerance;

    ChromaReader(ChromaClient client, String name, ChromaTargetConfig config) {
        this.client = client;
        this.name = name;
        this.config = config;
    }

    @FunctionalInterface
    private interface Reading<T> {
        T of(PresentCollection collection) throws CollectionGoneException;
    }

    /** @param absent the result for a collection that does not exist, or is dropped meanwhile */
    private <T> T read(T absent, Reading<T> reading) {
        Optional<ChromaCollection> found = client.collection(name);
        if (found.isEmpty()) {
            return absent;
        }
        try {
            return reading.of(new PresentCollection(found.get()));
        } catch (CollectionGoneException e) {
            return absent;
        }
    }

    @Override
    public long count() {
        return read(0L, collection -> client.count(collection.chroma()));
    }

    @Override
    public Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, Row> rows = new HashMap<>();
        var unused = read(0, collection -> {
            List<String> texts = ids.stream()
                    .distinct()
                    .filter(collection::canHold)
                    .map(TargetKey.Id::text)
                    .toList();
            return blocks(collection, texts, stored -> rows.put(stored.id(), stored.row()));
        });
        return rows;
    }

    @Override
    public void scan(Consumer<StoredRow> rows) {
        var unused = read(0, collection -> blocks(collection, client.ids(collection.chroma()), rows));
    }

    @Override
    public void scanIds(Consumer<TargetKey.Id> ids) {
        var unused = read(0, collection -> {
            List<String> all = client.ids(collection.chroma());
            all.forEach(text -> ids.accept(collection.id(text)));
            return all.size();
        });
    }

    private int blocks(PresentCollection collection, List<String> ids, Consumer<StoredRow> rows)
            throws CollectionGoneException {
        Optional<ColumnCatalog> catalog = collection.catalog();
        for (int from = 0; from < ids.size(); from += BLOCK_ROWS) {
            List<String> block = ids.subList(from, Math.min(ids.size(), from + BLOCK_ROWS));
            for (ChromaRecord record : client.rows(collection.chroma(), block, MetadataTypes.NATIVE)) {
                rows.accept(
                        new StoredRow(collection.id(record.id()), row(collection, catalog.orElse(null), record.row())));
            }
        }
        return ids.size();
    }

    /** Returns the record with every column of the catalog; what the catalog does not know is as Chroma has it. */
    private Row row(PresentCollection collection, @Nullable ColumnCatalog catalog, Row stored) {
        Map<String, FieldType> types = catalog == null ? Map.of() : catalog.fields();
        Map<String, Field> found = new LinkedHashMap<>();
        for (int i = 0; i < stored.fields().size(); i++) {
            Field field = stored.fields().get(i);
            boolean isDocument = i == 0; // what comes first is the document, whatever metadata key has that name
            if (!isDocument || !(field.value() instanceof Value.Null)) {
                String column = isDocument ? config.document() : field.name();
                found.merge(column, typed(field.named(column), types.get(column)), (first, second) -> second);
            }
        }
        List<Field> fields = new ArrayList<>();
        types.forEach((column, type) -> {
            Field field = found.remove(column);
            fields.add(field == null ? new Field(column, type, Value.NULL) : field);
        });
        fields.addAll(found.values());
        return new Row(vector(collection, catalog, stored.vectorColumn()), fields);
    }

    /** A value of another kind than its column's comes back as it is, and is found to differ. */
    private static Field typed(Field field, @Nullable FieldType type) {
        return type == null
                ? field
                : MetadataValues.read(type, field.value())
                        .map(value -> new Field(field.name(), type, value))
                        .orElse(field);
    }

    private static @Nullable VectorColumn vector(
            PresentCollection collection, @Nullable ColumnCatalog catalog, @Nullable VectorColumn stored) {
        if (stored == null) {
            return null;
        }
        @Nullable Vector vector = stored.vector();
        return new VectorColumn(
                catalog == null ? RecordsAnswer.VECTOR : catalog.vectorColumn(),
                collection.element(),
                stored.dimension(),
                vector == null ? null : StoredVectors.as(collection.element(), vector));
    }

    @Override
    public double tolerance() {
        if (tolerance == null) {
            tolerance =
                    read(Optional.<Double>empty(), ChromaReader::toleranceOf).orElse(null);
        }
        return tolerance == null ? 0 : tolerance;
    }

    private static Optional<Double> toleranceOf(PresentCollection collection) {
        return Optional.of(collection.space().equals(Optional.of(Space.COSINE)) ? COSINE_TOLERANCE : 0.0);
    }

    @Override
    public List<Hit> search(Vector query, int k) {
        return search(query, k, List.of());
    }

    @Override
    public List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        Vector floats = Vector.ofBytes(
                VectorElement.FLOAT32,
                query.dimension(),
                StoredVectors.floats(query).toByteArray());
        return read(
                List.<Hit>of(), collection -> client.nearest(collection.chroma(), floats, k, where(conditions)).stream()
                        .map(hit -> new Hit(collection.id(hit.id()), hit.distance()))
                        .toList());
    }

    private String where(List<FieldCondition> conditions) {
        List<FieldCondition> onDocument = conditions.stream()
                .filter(condition -> condition.field().equals(config.document()))
                .toList();
        if (!onDocument.isEmpty()) {
            throw FerryException.misconfigured(
                    "Chroma cannot compare the document with a value in a filter",
                    "Filter by another column, or set `document` of the target to another one.");
        }
        return WhereFilter.of(conditions);
    }

    @Override
    public Optional<VectorIndex> vectorIndex() {
        return read(
                Optional.<VectorIndex>empty(),
                collection ->
                        Optional.of(new VectorIndex("hnsw", collection.chroma().metric(), 0)));
    }

    @Override
    public Optional<DistanceMetric> configuredMetric() {
        return config.space().map(Space::metric);
    }

    @Override
    public void close() {
        // The client is the target's.
    }
}
