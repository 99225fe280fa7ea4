package io.vectorferry.producer.milvus;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.milvus.FilterExpressions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/** Reads with strong consistency, each call over a connection of its own. */
final class MilvusSourceReader implements SourceReader {
    private static final int IDS_PER_QUERY = 1_000;
    private static final char MARK_END = ' ';

    private final MilvusSourceConfig config;

    MilvusSourceReader(MilvusSourceConfig config) {
        this.config = config;
    }

    private <T> T with(String collection, BiFunction<MilvusStore, ReadCollection, T> work) {
        try (MilvusStore store = new MilvusStore(config)) {
            return work.apply(
                    store,
                    store.find(collection)
                            .orElseThrow(() -> FerryException.misconfigured(
                                    "there is no collection " + collection, "ferry doctor lists those that exist.")));
        }
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        scan(collection, "", rows, mark -> {});
    }

    /** The mark is the collection's number, and how to ask for the rows behind. */
    @Override
    public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        with(collection, (store, found) -> {
            CollectionPages pages =
                    new CollectionPages(store.server(), found, mark.substring(mark.indexOf(MARK_END) + 1));
            while (!pages.isAtEnd()) {
                pages.next(found.pageRows()).forEach(rows);
                if (!pages.isAtEnd()) {
                    marks.accept(found.number() + String.valueOf(MARK_END) + pages.expression());
                }
            }
            return true;
        });
    }

    @Override
    public boolean continuesFrom(String collection, String mark) {
        return with(collection, (store, found) -> mark.startsWith(found.number() + String.valueOf(MARK_END)));
    }

    @Override
    public Optional<UnseenScan> unseen(String collection) {
        return Optional.of((seen, rows) -> scan(collection, row -> {
            if (!seen.test(row.key())) {
                rows.accept(row);
            }
        }));
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        return with(collection, (store, found) -> {
            List<TargetKey.Id> ids = keys.stream()
                    .flatMap(key -> found.idOf(key).stream())
                    .distinct()
                    .toList();
            List<SourceRow> rows = new ArrayList<>();
            int step = Math.min(IDS_PER_QUERY, found.pageRows());
            for (int from = 0; from < ids.size(); from += step) {
                String expression =
                        FilterExpressions.idIn(found.keyField(), ids.subList(from, Math.min(ids.size(), from + step)));
                rows.addAll(CollectionPages.query(store.server(), found, expression, 0));
            }
            return rows;
        });
    }

    /** Reads each page as it is when it is asked for. */
    @Override
    public RowBlocks blocks(String collection) {
        String[] expression = {""};
        boolean[] isAtEnd = {false};
        return rows -> isAtEnd[0]
                ? List.of()
                : with(collection, (store, found) -> {
                    CollectionPages pages = new CollectionPages(store.server(), found, expression[0]);
                    List<SourceRow> block = pages.next(rows);
                    expression[0] = pages.expression();
                    isAtEnd[0] = pages.isAtEnd();
                    return block;
                });
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return with(collection, (store, found) -> store.metric(found));
    }
}
