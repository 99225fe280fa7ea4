package io.vectorferry.sink.runner;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SinkProgress;
import io.vectorferry.contracts.wire.SinkTable;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The tables that a target without offsets of its own had when they were committed, in {@code control}: they show
 * whether a table was dropped or recreated since. Each partition has notes of its own, since each may have been read
 * again at another time. For one thread.
 */
final class NotedTables {
    private final ControlView view;
    private final ControlPublisher control;
    private final String target;
    private final Map<Integer, Map<String, String>> noted =
            new HashMap<>(); // by partition and collection: the incarnation

    NotedTables(ControlView view, ControlPublisher control, String target) {
        this.view = view;
        this.control = control;
        this.target = target;
    }

    /** Returns, by collection, the incarnations recorded in these newly assigned partitions. */
    Map<String, Set<String>> of(Collection<Integer> partitions) {
        view.refresh();
        noted.clear();
        Map<String, Set<String>> tables = new TreeMap<>();
        for (int partition : partitions) {
            Map<String, String> own = new HashMap<>();
            view.withPrefix(ControlKey.sinkTables(target, partition)).values().stream()
                    .map(Control::getSinkTable)
                    .forEach(table -> own.put(table.getCollection(), table.getIncarnation()));
            noted.put(partition, own);
            own.forEach((collection, incarnation) ->
                    tables.computeIfAbsent(collection, c -> new TreeSet<>()).add(incarnation));
        }
        return tables;
    }

    /** Whether any process of this pipeline has written to the target, as far as {@code control} knows. */
    boolean wasWritten() {
        view.refresh();
        SinkProgress progress = view.get(ControlKey.sink(target))
                .orElse(Control.getDefaultInstance())
                .getSinkProgress();
        return progress.getUpserts() > 0
                || progress.getDeletes() > 0
                || !view.withPrefix(ControlKey.sinkTables(target)).isEmpty();
    }

    /** Returns when it is durable that these partitions' rows are in these tables; called before their offsets are committed. */
    void note(Collection<Integer> partitions, Map<String, String> tables) {
        Map<ControlKey, Control> changed = new HashMap<>();
        for (int partition : partitions) {
            Map<String, String> own = noted.computeIfAbsent(partition, p -> new HashMap<>());
            if (!own.equals(tables)) {
                tables.forEach((collection, incarnation) -> {
                    if (!incarnation.equals(own.get(collection))) {
                        changed.put(
                                ControlKey.sinkTable(target, partition, collection),
                                record(partition, collection, incarnation));
                    }
                });
            }
        }
        if (!changed.isEmpty()) {
            control.publishAll(changed);
            partitions.forEach(
                    partition -> Objects.requireNonNull(noted.get(partition)).putAll(tables));
        }
    }

    private Control record(int partition, String collection, String incarnation) {
        return Control.newBuilder()
                .setSinkTable(SinkTable.newBuilder()
                        .setTarget(target)
                        .setPartition(partition)
                        .setCollection(collection)
                        .setIncarnation(incarnation))
                .build();
    }

    /** Called when it is committed that these partitions are read from their beginning. */
    void forget(Collection<Integer> partitions) {
        for (int partition : partitions) {
            Map<String, String> own = noted.computeIfAbsent(partition, p -> new HashMap<>());
            own.keySet().forEach(collection -> control.remove(ControlKey.sinkTable(target, partition, collection)));
            own.clear();
        }
    }
}
