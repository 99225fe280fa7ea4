package io.vectorferry.verify.watch;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The generations that the source is at; empty while a snapshot is being read. For one thread.
 *
 * @param collections without which the source is not read
 * @param joined whether those that are joined to them have snapshots of their own
 */
record SnapshotGenerations(ControlView view, List<String> collections, boolean joined)
        implements Supplier<Optional<List<Integer>>> {
    private static final String EVERY = ControlKey.snapshot("").text();

    SnapshotGenerations {
        collections = List.copyOf(collections);
    }

    @Override
    public Optional<List<Integer>> get() {
        view.refresh();
        List<Optional<Control>> found = new ArrayList<>();
        collections.forEach(collection -> found.add(view.get(ControlKey.snapshot(collection))));
        if (joined) {
            view.withPrefix(EVERY).values().forEach(side -> found.add(Optional.of(side)));
        }
        List<Integer> generations = found.stream()
                .flatMap(Optional::stream)
                .map(Control::getSnapshotProgress)
                .filter(SnapshotProgress::getComplete)
                .map(SnapshotProgress::getGeneration)
                .toList();
        return generations.size() == found.size() ? Optional.of(generations) : Optional.empty();
    }
}
