package io.vectorferry.producer;

import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.SourceKey;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A source's own reading methods as its reader. */
record SourceAsReader(Source source) implements SourceReader {
    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        source.scan(collection, rows);
    }

    @Override
    public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        source.scan(collection, mark, rows, marks);
    }

    @Override
    public boolean continuesFrom(String collection, String mark) {
        return source.continuesFrom(collection, mark);
    }

    @Override
    public Optional<UnseenScan> unseen(String collection) {
        return source.scanMayGoOn()
                ? Optional.of((seen, rows) -> source.scanRest(collection, seen, rows))
                : Optional.empty();
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        return source.fetch(collection, keys);
    }

    @Override
    public RowBlocks blocks(String collection) {
        return source.blocks(collection);
    }

    @Override
    public double tolerance(String collection) {
        return source.tolerance(collection);
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return source.searchMetric(collection);
    }

    @Override
    public Optional<SourceSearch> search(String collection) {
        return source.search(collection);
    }
}
