package io.vectorferry.verify.ids;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.verify.ids.IdLookupClient.Found;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Maps rows of the source to ids in a table of the target. */
public interface RowIds {
    /** Returns the id of a row. A row that has none yet gets one that no row of the target has. */
    TargetKey.Id of(SourceKey key);

    /** Finds out the ids that these keys have by now, for {@link #of}. */
    default void learn(Collection<SourceKey> keys) {}

    /** Returns the keys that rows of these ids may have. An id from which no key follows is omitted. */
    Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids);

    /**
     * Ids that follow from the keys: {@code ids: preserve} and {@code ids: uuid5}.
     *
     * @param collections that go to the table
     * @param map searched for keys that do not follow from their ids; empty where there is no pipeline to ask
     */
    static RowIds computed(IdRule rule, List<String> collections, Optional<IdMapReader.KeySearch> map) {
        return switch (rule.policy()) {
            case PRESERVE -> new Preserved(rule, collections, map);
            case UUID5 -> new Uuid5(rule, map);
            case ALLOCATE -> throw new IllegalArgumentException("allocated ids are read from id-map");
        };
    }

    private static TargetKey.Id none(SourceKey key) {
        return new TargetKey.TextId("none assigned yet to " + key);
    }

    /**
     * {@code ids: preserve}: a number or a text is the key itself, in whichever collection. An array may be a composite key, whose
     * types do not follow from it: {@code id-map} has them.
     */
    record Preserved(IdRule rule, List<String> collections, Optional<IdMapReader.KeySearch> map) implements RowIds {
        public Preserved {
            collections = List.copyOf(collections);
        }

        @Override
        public TargetKey.Id of(SourceKey key) {
            return rule.of(key).id();
        }

        @Override
        public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
            Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
            for (TargetKey.Id id : ids) {
                Value only =
                        switch (id) {
                            case TargetKey.NumberId(long number) -> new Value.Whole(number);
                            case TargetKey.TextId(String text) -> new Value.Text(text);
                        };
                List<SourceKey> possible = new ArrayList<>();
                collections.forEach(collection -> possible.add(new SourceKey(collection, List.of(only))));
                keys.put(id, possible);
            }
            List<TargetKey.Id> arrays =
                    ids.stream().filter(Preserved::mayBeComposite).toList();
            map.ifPresent(search -> search.keysOf(arrays).forEach(keys::put));
            return keys;
        }

        private static boolean mayBeComposite(TargetKey.Id id) {
            return id instanceof TargetKey.TextId(String text) && text.startsWith("[");
        }
    }

    /** {@code ids: uuid5}: the id follows from the key, and the way back is in {@code id-map}. */
    record Uuid5(IdRule rule, Optional<IdMapReader.KeySearch> map) implements RowIds {
        @Override
        public TargetKey.Id of(SourceKey key) {
            return rule.of(key).id();
        }

        @Override
        public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
            return map.map(search -> search.keysOf(ids)).orElse(Map.of());
        }
    }

    /**
     * {@code ids: allocate}: both ways are in {@code id-map} alone, so all of it is held in memory, about 300 bytes a row.
     * {@link #of} is thread-safe.
     */
    final class Allocated implements RowIds {
        private final IdMapReader map;
        private final Map<SourceKey, TargetKey.Id> ids = new ConcurrentHashMap<>();
        private final Map<TargetKey.Id, SourceKey> keys = new ConcurrentHashMap<>();

        public Allocated(IdMapReader map) {
            this.map = map;
            refresh();
        }

        @Override
        public TargetKey.Id of(SourceKey key) {
            TargetKey.Id known = ids.get(key);
            return known == null ? none(key) : known;
        }

        @Override
        public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> wanted) {
            refresh();
            Map<TargetKey.Id, List<SourceKey>> found = new HashMap<>();
            for (TargetKey.Id id : wanted) {
                SourceKey key = keys.get(id);
                if (key != null) {
                    found.put(id, List.of(key));
                }
            }
            return found;
        }

        @Override
        public void learn(Collection<SourceKey> some) {
            refresh();
        }

        private void refresh() {
            map.read((key, id) -> {
                ids.put(key, id);
                keys.put(id, key);
            });
        }
    }

    /**
     * {@code ids: allocate} beside a running pipeline: the stream processors are asked for some keys at a time, and only the last
     * answers are kept. For one thread.
     */
    final class LookedUp implements RowIds {
        private final IdLookupClient lookups;
        private final Map<SourceKey, TargetKey.Id> learned = new HashMap<>();

        public LookedUp(IdLookupClient lookups) {
            this.lookups = lookups;
        }

        @Override
        public TargetKey.Id of(SourceKey key) {
            TargetKey.Id id = learned.get(key);
            return id == null ? none(key) : id;
        }

        /** Forgets all others. */
        @Override
        public void learn(Collection<SourceKey> keys) {
            List<Found> found = ask(() -> lookups.byKeys(keys));
            learned.clear();
            found.forEach(row -> learned.put(row.source(), row.target().id()));
        }

        @Override
        public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
            Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
            ask(() -> lookups.byIds(ids)).forEach(row -> keys.put(row.target().id(), List.of(row.source())));
            return keys;
        }

        private interface Question {
            List<Found> answered() throws InterruptedException;
        }

        private static List<Found> ask(Question question) {
            try {
                return question.answered();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted while ids were looked up", e);
            }
        }
    }
}
