package io.vectorferry.verify.source;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import io.vectorferry.rules.Expected;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.row.ExpectedRow;
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

/**
 * The rows that one table of a target must hold: the source's collections that go to it, through the rules and ids of the
 * pipeline. Each call is made by one thread at a time.
 */
public final class ExpectedRows {
    private static final String MARK_END = " ";

    private final SourceReader source;
    private final List<String> collections;
    private final TargetRules rules;
    private final RowIds ids;

    public ExpectedRows(SourceReader source, List<String> collections, TargetRules rules, RowIds ids) {
        this.source = source;
        this.collections = List.copyOf(collections);
        this.rules = rules;
        this.ids = ids;
    }

    /** Reads every row once, in no particular order. */
    public void scan(Consumer<ExpectedRow> rows) {
        scan("", rows, mark -> {});
    }

    /**
     * Reads like {@link #scan(Consumer)}, with marks at which another scan can resume, also in another process. A mark
     * is the number of a collection and the mark within it, which is empty at its beginning.
     *
     * @param mark a mark for which {@link #continuesFrom} returns true, or empty to start at the beginning
     * @param marks gets a mark after the rows that it covers; never called if a scan cannot be resumed
     */
    public void scan(String mark, Consumer<ExpectedRow> rows, Consumer<String> marks) {
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
                    row -> rows.accept(expected(row)),
                    reached -> marks.accept(mark(number, reached)));
        }
    }

    /** Returns whether a scan can resume at this mark. */
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

    /** The same rows, a few at a time. For one thread. */
    @FunctionalInterface
    public interface Blocks {
        /**
         * Returns the next rows. A row whose key stays from the first call to the last comes once.
         *
         * @return about that many rows; an empty list at the end
         */
        List<ExpectedRow> next(int rows);
    }

    /** Returns the rows block by block from the beginning, read over as long as the caller likes. */
    public Blocks blocks() {
        Queue<RowBlocks> all = new ArrayDeque<>();
        collections.forEach(collection -> all.add(source.blocks(collection)));
        List<SourceRow> read = new ArrayList<>();
        return rows -> {
            // Rows whose ids could not be learned have been read already, and would never come again.
            while (read.isEmpty() && !all.isEmpty()) {
                read.addAll(all.element().next(rows));
                if (read.isEmpty()) {
                    all.remove();
                }
            }
            List<ExpectedRow> block = expected(read);
            read.clear();
            return block;
        };
    }

    /** Returns a suspect for each key, without those of a collection that does not go to the table. */
    public List<Suspect> suspects(Collection<SourceKey> keys) {
        List<SourceKey> own = keys.stream()
                .filter(key -> collections.contains(key.collection()))
                .distinct()
                .toList();
        ids.learn(own);
        return own.stream().map(key -> new Suspect(ids.of(key), List.of(key))).toList();
    }

    /** Returns the current rows of these ids: none for an id that no row has, several if several keys have the same id. */
    public List<ExpectedRow> fetch(Collection<Suspect> suspects) {
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
        return expected(found);
    }

    /** Adds the keys of other collections: in a shared table, their rows may have the same id. */
    private void addAlike(Map<String, Set<SourceKey>> wanted, SourceKey key) {
        collections.forEach(collection -> add(wanted, new SourceKey(collection, key.parts())));
    }

    private static void add(Map<String, Set<SourceKey>> wanted, SourceKey key) {
        wanted.computeIfAbsent(key.collection(), collection -> new HashSet<>()).add(key);
    }

    /** The source's own search, as its application uses it. For one thread. */
    public final class Search implements AutoCloseable {
        private final SourceSearch search;

        private Search(SourceSearch search) {
            this.search = search;
        }

        /** Returns the nearest rows that the source finds, the nearest first, with those that the pipeline excludes. */
        public List<ExpectedRow> nearest(Vector query, int k, DistanceMetric metric) {
            return search.nearest(query, k, metric).stream()
                    .map(ExpectedRows.this::expected)
                    .toList();
        }

        @Override
        public void close() {
            search.close();
        }
    }

    /**
     * Returns the source's own search; empty if it has none, or the table holds several collections.
     *
     * @param vector empty: the first
     */
    public Optional<Search> search(Optional<String> vector) {
        if (collections.size() != 1) {
            return Optional.empty();
        }
        String collection = collections.getFirst();
        return vector.map(name -> source.search(collection, name))
                .orElseGet(() -> source.search(collection))
                .map(Search::new);
    }

    private List<ExpectedRow> expected(List<SourceRow> found) {
        ids.learn(found.stream().map(SourceRow::key).toList());
        return found.stream().map(this::expected).toList();
    }

    private ExpectedRow expected(SourceRow row) {
        Expected expected = row.problem() == null
                ? rules.of(row.row())
                : new Expected.Rejected(FerryException.rejected(ErrorType.DATA_CORRUPTION, row.problem()));
        return new ExpectedRow(ids.of(row.key()), row.key(), expected);
    }
}
