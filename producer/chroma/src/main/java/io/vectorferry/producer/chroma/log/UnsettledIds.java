package io.vectorferry.producer.chroma.log;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ids that the log named a short while ago. Chroma commits an entry to its log before its own reads show it, so what
 * was read at once may be what was there before, and no entry says so later: each is read again. Memory holds as many
 * as changed within the longest wait. For one thread.
 */
public final class UnsettledIds {
    /** The first is much longer than what was measured; the second is for a server that is suspended meanwhile. */
    private static final List<Duration> READ_AGAIN_AFTER = List.of(Duration.ofSeconds(1), Duration.ofSeconds(30));

    private final Map<String, List<Signalled>> byCollection = new HashMap<>();

    /** @param readings since the first one */
    private record Signalled(Set<String> ids, long nanos, int readings) {
        boolean isDue(long now) {
            return now - nanos >= READ_AGAIN_AFTER.get(readings).toNanos();
        }
    }

    Set<String> due(String collection, long nowNanos) {
        Set<String> due = new HashSet<>();
        byCollection.getOrDefault(collection, List.of()).stream()
                .filter(signalled -> signalled.isDue(nowNanos))
                .forEach(signalled -> due.addAll(signalled.ids()));
        return due;
    }

    /** Records that the due ids were read again. */
    void readAgain(String collection, long thenNanos) {
        List<Signalled> rest = new ArrayList<>();
        for (Signalled one : byCollection.getOrDefault(collection, List.of())) {
            if (!one.isDue(thenNanos)) {
                rest.add(one);
            } else if (one.readings() + 1 < READ_AGAIN_AFTER.size()) {
                rest.add(new Signalled(one.ids(), one.nanos(), one.readings() + 1));
            }
        }
        byCollection.put(collection, rest);
    }

    public void add(String collection, Collection<String> ids, long nowNanos) {
        if (!ids.isEmpty()) {
            byCollection
                    .computeIfAbsent(collection, name -> new ArrayList<>())
                    .add(new Signalled(Set.copyOf(ids), nowNanos, 0));
        }
    }
}
