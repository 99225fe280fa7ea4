package io.vectorferry.app.soak;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What has happened, by kind. For any thread. */
final class Counters {
    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private final AtomicLong committed = new AtomicLong();

    void add(String what) {
        add(what, 1);
    }

    void add(String what, long more) {
        counts.computeIfAbsent(what, key -> new AtomicLong()).addAndGet(more);
    }

    void committed() {
        committed.incrementAndGet();
    }

    long transactions() {
        return committed.get();
    }

    /** Sums up another run's. */
    void add(Counters more) {
        committed.addAndGet(more.transactions());
        more.counts.forEach((what, count) -> add(what, count.get()));
    }

    long of(Kind.Family family) {
        return Kind.of(family).stream()
                .mapToLong(kind ->
                        counts.getOrDefault(kind.name(), new AtomicLong()).get())
                .sum();
    }

    @Override
    public String toString() {
        return "%,d transactions committed, %d schema changes, %d crashes, %d slow standbys%n    %s"
                .formatted(
                        transactions(),
                        of(Kind.Family.SCHEMA),
                        of(Kind.Family.CRASH),
                        of(Kind.Family.STANDBY),
                        new TreeMap<>(counts));
    }
}
