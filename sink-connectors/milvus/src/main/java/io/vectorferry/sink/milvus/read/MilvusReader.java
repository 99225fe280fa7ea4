package io.vectorferry.sink.milvus.read;

import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.QueryResults;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.MilvusCollection;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.FilterExpressions;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.MilvusErrors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads with strong consistency; a collection that is not there yet is empty. */
public final class MilvusReader implements TargetReader {
    private static final int IDS_PER_QUERY = 1_000;

    /** Maximum of one response; Milvus itself limits it by rows (16,384) and by message size. */
    private static final long PAGE_BYTES = 16L << 20;

    private static final int MAX_PAGE_ROWS = 5_000;
    private static final int OTHER_BYTES_PER_ROW = 1_000;
    private static final char MARK_END = ' ';

    private final MilvusCollection collection;
    private final MilvusSearch search;

    public MilvusReader(MilvusClient client, MilvusCollection collection) {
        this.collection = collection;
        this.search = new MilvusSearch(client, this.collection);
    }

    private record Present(CollectionLayout layout, ColumnCatalog catalog) {
        List<String> fields() {
            List<String> fields = new ArrayList<>(List.of(layout.id().name()));
            layout.vectors().forEach(vector -> fields.add(vector.name()));
            fields.addAll(layout.typed().keySet());
            if (layout.dynamic()) {
                fields.add(FieldNames.DYNAMIC);
            }
            return fields;
        }
    }

    private Optional<Present> present() {
        Optional<DescribeCollectionResponse> described = collection.describe();
        return described.map(found -> {
            CollectionLayout layout = CollectionLayout.of(found);
            return new Present(layout, CollectionLayout.catalog(found).orElseGet(layout::guessedCatalog));
        });
    }

    private QueryResults query(String expression, long limit, List<String> fields) {
        QueryResults answer = collection.strongQuery(expression, limit, fields);
        if (!MilvusErrors.isOk(answer.getStatus())) {
            throw MilvusErrors.translate("reading collection " + collection.name(), answer.getStatus());
        }
        return answer;
    }

    @Override
    public long count() {
        if (collection.describe().isEmpty()) {
            return 0;
        }
        return query("", 0, List.of("count(*)"))
                .getFieldsData(0)
                .getScalars()
                .getLongData()
                .getData(0);
    }

    @Override
    public Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, Row> rows = new HashMap<>();
        fetch(ids, stored -> rows.put(stored.id(), stored.row()));
        return rows;
    }

    /** An id that the collection cannot hold is not asked for: the server would refuse the question. */
    @Override
    public void fetch(Collection<TargetKey.Id> ids, Consumer<StoredRow> rows) {
        Optional<Present> present = present();
        if (present.isEmpty()) {
            return;
        }
        CollectionLayout layout = present.get().layout();
        List<TargetKey.Id> all =
                ids.stream().distinct().filter(layout.id()::canHold).toList();
        int step = Math.min(IDS_PER_QUERY, pageRows(layout));
        for (int from = 0; from < all.size(); from += step) {
            List<TargetKey.Id> some = all.subList(from, Math.min(all.size(), from + step));
            page(present.get(), FilterExpressions.idIn(some), 0).forEach(rows);
        }
    }

    private List<StoredRow> page(Present present, String expression, long limit) {
        return AnswerRows.of(present.layout(), present.catalog(), query(expression, limit, present.fields()));
    }

    @Override
    public void scan(Consumer<StoredRow> rows) {
        scan("", rows, mark -> {});
    }

    /** Page by page in the order of the ids, each page as it stands when it is read; the mark is the collection's number, and how to ask for the ids behind. */
    @Override
    public void scan(String mark, Consumer<StoredRow> rows, Consumer<String> marks) {
        Optional<Present> present = present();
        if (present.isEmpty()) {
            return;
        }
        int limit = pageRows(present.get().layout());
        String collectionMark = collectionMark();
        String expression = mark.isEmpty() ? "" : mark.substring(mark.indexOf(MARK_END) + 1);
        while (true) {
            List<StoredRow> page = page(present.get(), expression, limit);
            page.forEach(rows);
            if (page.size() < limit) {
                return;
            }
            expression = FilterExpressions.idAfter(page.getLast().id());
            marks.accept(collectionMark + expression);
        }
    }

    @Override
    public boolean continuesFrom(String mark) {
        return present().isPresent() && mark.startsWith(collectionMark());
    }

    /** Returns the collection's number, which changes when it is dropped and created again. */
    private String collectionMark() {
        return collection
                        .describe()
                        .map(DescribeCollectionResponse::getCollectionID)
                        .orElse(0L)
                + String.valueOf(MARK_END);
    }

    @Override
    public void scanIds(Consumer<TargetKey.Id> ids) {
        Optional<Present> present = present();
        if (present.isEmpty()) {
            return;
        }
        CollectionLayout layout = present.get().layout();
        List<String> idField = List.of(layout.id().name());
        String expression = "";
        while (true) {
            List<TargetKey.Id> page = AnswerRows.ids(layout, query(expression, MAX_PAGE_ROWS, idField));
            page.forEach(ids);
            if (page.size() < MAX_PAGE_ROWS) {
                return;
            }
            expression = FilterExpressions.idAfter(page.getLast());
        }
    }

    private static int pageRows(CollectionLayout layout) {
        long dimensions = layout.vectors().stream()
                .mapToLong(CollectionLayout.VectorField::dimension)
                .sum();
        long rowBytes = OTHER_BYTES_PER_ROW + dimensions * Float.BYTES;
        return (int) Math.max(1, Math.min(MAX_PAGE_ROWS, PAGE_BYTES / rowBytes));
    }

    @Override
    public void searchBy(String vectorColumn) {
        search.by(FieldNames.legal(vectorColumn));
    }

    @Override
    public List<Hit> search(Vector query, int k) {
        return search(query, k, List.of());
    }

    @Override
    public List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        return present()
                .map(found -> search.nearest(found.layout(), query, k, conditions))
                .orElse(List.of());
    }

    /**
     * Returns the index of the collection; Milvus searches rows that are not indexed yet one by one, so none is
     * omitted.
     */
    @Override
    public Optional<VectorIndex> vectorIndex() {
        return present().map(Present::layout).flatMap(layout -> collection
                .index()
                .map(index -> new VectorIndex("vector", search.metric(layout).distance(), 0)));
    }

    @Override
    public void close() {
        // The connection is the target's.
    }
}
