package io.vectorferry.verify.source;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import io.vectorferry.rules.Expected;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.row.Expectation;
import io.vectorferry.verify.row.SourceEntry;
import io.vectorferry.verify.row.Suspect;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/** The source's collections that go to one table, through the pipeline's own transforms. */
public final class PipelineSource implements SourceSide {
    private static final String MARK_END = " ";

    private final SourceReader source;
    private final List<String> collections;
    private final TargetRules rules;
    private final RowIds ids;

    public PipelineSource(SourceReader source, List<String> collections, TargetRules rules, RowIds ids) {
        this.source = source;
        this.collections = List.copyOf(collections);
        this.rules = rules;
        this.ids = ids;
    }

    @Override
    public void scan(Consumer<SourceEntry> entries) {
        scan("", entries, mark -> {});
    }

    /** A mark is the number of a collection and the mark within it, which is empty at its beginning. */
    @Override
    public void scan(String mark, Consumer<SourceEntry> entries, Consumer<String> marks) {
        int first = mark.isEmpty() ? 0 : collectionOf(mark);
        for (int i = first; i < collections.size(); i++) {
            int number = i;
            String within = i == first && !mark.isEmpty() ? withinOf(mark) : "";
            if (i > first) {
                marks.accept(mark(i, ""));
            }
            source.scan(
                    collections.get(i),
                    within,
                    row -> entries.accept(entry(row)),
                    reached -> marks.accept(mark(number, reached)));
        }
    }

    @Override
    public boolean continuesFrom(String mark) {
        int number = collectionOf(mark);
        String within = withinOf(mark);
        return number < collections.size()
                && (within.isEmpty() || source.continuesFrom(collections.get(number), within));
    }

    private static String mark(int collection, String within) {
        return collection + MARK_END + within;
    }

    private static int collectionOf(String mark) {
        return Integer.parseInt(mark.substring(0, mark.indexOf(MARK_END)));
    }

    private static String withinOf(String mark) {
        return mark.substring(mark.indexOf(MARK_END) + MARK_END.length());
    }

    @Override
    public SourceBlocks blocks() {
        Queue<RowBlocks> all = new ArrayDeque<>();
        collections.forEach(collection -> all.add(source.blocks(collection)));
        List<SourceRow> read = new ArrayList<>();
        return rows -> {
            // Those whose ids could not be learned are read already, and would never come again.
            while (read.isEmpty() && !all.isEmpty()) {
                read.addAll(all.element().next(rows));
                if (read.isEmpty()) {
                    all.remove();
                }
            }
            List<SourceEntry> entries = entries(read);
            read.clear();
            return entries;
        };
    }

    @Override
    public List<Suspect> suspects(Collection<SourceKey> keys) {
        List<SourceKey> own = keys.stream()
                .filter(key -> collections.contains(key.collection()))
                .distinct()
                .toList();
        ids.learn(own);
        return own.stream().map(key -> new Suspect(ids.of(key), List.of(key))).toList();
    }

    @Override
    public List<SourceEntry> fetch(Collection<Suspect> suspects) {
        Map<String, Set<SourceKey>> wanted = new HashMap<>();
        List<TargetKey.Id> unknown = new ArrayList<>();
        for (Suspect suspect : suspects) {
            if (suspect.keys().isEmpty()) {
                unknown.add(suspect.id());
            }
            suspect.keys().forEach(key -> addAlike(wanted, key));
        }
        if (!unknown.isEmpty()) {
            ids.keysOf(unknown).values().forEach(keys -> keys.forEach(key -> add(wanted, key)));
        }
        List<SourceRow> found = new ArrayList<>();
        wanted.forEach((collection, keys) -> found.addAll(source.fetch(collection, keys)));
        return entries(found);
    }

    private List<SourceEntry> entries(List<SourceRow> found) {
        ids.learn(found.stream().map(SourceRow::key).toList());
        return found.stream().map(this::entry).toList();
    }

    /** In a shared table a row of another collection may have the same id. */
    private void addAlike(Map<String, Set<SourceKey>> wanted, SourceKey key) {
        collections.forEach(collection -> add(wanted, new SourceKey(collection, key.parts())));
    }

    @Override
    public Optional<IndexedSource> search() {
        return collections.size() == 1 ? source.search(collections.getFirst()).map(Searched::new) : Optional.empty();
    }

    /** The rows that the source finds, as the pipeline makes them. */
    private final class Searched implements IndexedSource {
        private final SourceSearch search;

        Searched(SourceSearch search) {
            this.search = search;
        }

        @Override
        public List<SourceEntry> nearest(Vector query, int k, DistanceMetric metric) {
            return search.nearest(query, k, metric).stream()
                    .map(PipelineSource.this::entry)
                    .toList();
        }

        @Override
        public void close() {
            search.close();
        }
    }

    private static void add(Map<String, Set<SourceKey>> wanted, SourceKey key) {
        wanted.computeIfAbsent(key.collection(), collection -> new HashSet<>()).add(key);
    }

    private SourceEntry entry(SourceRow row) {
        Expectation expectation =
                row.problem() == null ? expectation(row.row()) : new Expectation.Rejected(ErrorType.DATA_CORRUPTION);
        return new SourceEntry(ids.of(row.key()), row.key(), expectation);
    }

    private Expectation expectation(Row row) {
        return switch (rules.of(row)) {
            case Expected.Present(Row kept) -> new Expectation.Present(kept);
            case Expected.Excluded() -> new Expectation.LeftOut();
            case Expected.Rejected rejected -> new Expectation.Rejected(rejected.error());
        };
    }
}
