package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.publish.Generations;
import io.vectorferry.producer.rescan.memory.FollowedCollection;
import io.vectorferry.producer.rescan.memory.PublishedRows;
import io.vectorferry.producer.rescan.spi.CollectionGoneException;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.rescan.spi.RescannedStore;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The collections that are replicated, kept in step with those that exist. One that is created is followed from its
 * first record; one that is dropped is swept from the targets; a recreated one of the same name is a new generation.
 * If most of what was replicated disappears at once, as on a server with an empty volume, nothing is swept. For one
 * thread.
 */
public final class FollowedCollections implements AutoCloseable {
    private static final int MAX_NAMES = 5;

    private final Path memory;
    private final RescanSettings settings;
    private final RescannedStore store;
    private final Generations generations;
    private final ChangePublisher publisher;
    private final ControlPublisher control;
    private final Map<String, FollowedCollection> byName = new TreeMap<>();
    /** Collections of which the targets may hold rows, and whose stored hashes cannot be used. */
    private final Map<String, SnapshotProgress> forgotten = new TreeMap<>();
    /** Rows of the former generation that the targets still hold, while the present one is not complete. */
    private final Map<String, Long> heldBefore = new TreeMap<>();
    /** Configured, and never seen. */
    private final Set<String> awaited = new TreeSet<>();

    FollowedCollections(
            Path memory,
            RescanSettings settings,
            RescannedStore store,
            Generations generations,
            ChangePublisher publisher,
            ControlPublisher control) {
        this.memory = memory;
        this.settings = settings;
        this.store = store;
        this.generations = generations;
        this.publisher = publisher;
        this.control = control;
    }

    Collection<FollowedCollection> all() {
        return List.copyOf(byName.values());
    }

    /**
     * Continues with what an earlier process recorded, whether it still exists or not.
     *
     * @param expected names that were followed or are configured
     * @param lastLook the newest look that was recorded: a memory that has not seen it is not used
     */
    public void open(Collection<String> expected, long lastLook) {
        for (String name : expected) {
            SnapshotProgress recorded = generations.progress(name).orElse(null);
            if (recorded == null) {
                awaited.add(name);
            } else if (!PublishedRows.Identity.of(recorded).isOfNone()) {
                opened(name, recorded, lastLook);
            } else if (!recorded.getComplete()) {
                forgotten.put(name, recorded); // its generation had just begun
            }
        }
    }

    private void opened(String name, SnapshotProgress recorded, long lastLook) {
        PublishedRows.Identity identity = PublishedRows.Identity.of(recorded);
        StoreCollection collection =
                new StoreCollection(name, identity.collectionId(), StoreCollection.KeyKind.TEXT, Map.of());
        @Nullable PublishedRows rows = PublishedRows.resume(file(collection), identity, lastLook);
        if (rows == null) {
            forgotten.put(name, recorded);
        } else {
            byName.put(name, new FollowedCollection(collection, rows));
            heldBefore.put(name, recorded.getRowsHeld());
        }
    }

    /**
     * Updates the collections from the server's list.
     *
     * @param listed those that are wanted; one that is missing in it is asked for by its name
     * @param newGeneration the user has requested all of them again, and the deletion of what no longer exists
     */
    public void update(List<StoreCollection> listed, boolean newGeneration) throws SourceLostException {
        Map<String, StoreCollection> now =
                listed.stream().collect(Collectors.toMap(StoreCollection::name, Function.identity(), (a, b) -> b));
        for (String name : known()) {
            if (!now.containsKey(name)) {
                store.collection(name).ifPresent(found -> now.put(name, found));
            }
        }
        if (!newGeneration) {
            refuseLoss(now);
        }
        for (FollowedCollection followed : all()) {
            follow(followed, now.remove(followed.collection().name()), newGeneration);
        }
        for (String name : List.copyOf(forgotten.keySet())) {
            @Nullable StoreCollection current = now.remove(name);
            if (current == null) {
                swept(name);
            } else {
                byName.put(name, begunAnew(current, heldOf(name)));
            }
            forgotten.remove(name);
        }
        now.values().forEach(created -> byName.put(created.name(), created(created)));
        awaited.stream().filter(name -> !byName.containsKey(name)).forEach(this::holdsNothing);
        awaited.clear();
    }

    private void follow(FollowedCollection followed, @Nullable StoreCollection current, boolean newGeneration) {
        String name = followed.collection().name();
        if (current == null) {
            forget(followed);
            swept(name);
        } else if (newGeneration || !current.id().equals(followed.collection().id())) {
            long held = heldOf(name);
            forget(followed);
            byName.put(name, begunAnew(current, held));
        } else {
            byName.put(name, followed.as(current));
        }
    }

    private Set<String> known() {
        Set<String> names = new TreeSet<>(byName.keySet());
        names.addAll(forgotten.keySet());
        return names;
    }

    private void refuseLoss(Map<String, StoreCollection> now) throws SourceLostException {
        long rows = 0;
        long rowsGone = 0;
        int collections = 0;
        long newestLost = 0;
        List<String> gone = new ArrayList<>();
        for (String name : known()) {
            refuseUncounted(name, now.get(name));
            long held = heldOf(name);
            if (held > 0) {
                long left = leftOf(name, held, now.get(name));
                rows += held;
                rowsGone += held - left;
                collections++;
                newestLost = left < held ? Math.max(newestLost, firstLookOf(name)) : newestLost;
                if (left == 0) {
                    gone.add(name);
                }
            }
        }
        if (rowsGone == 0) {
            return;
        }
        long replaced = 0;
        for (StoreCollection current : now.values()) {
            long inPlace = inPlaceOfOlder(current, newestLost);
            replaced += inPlace;
            collections += inPlace > 0 && !known().contains(current.name()) ? 1 : 0;
        }
        if (isTooMuch(gone.size(), collections) || isTooMuch(rowsGone - Math.min(rowsGone, replaced), rows)) {
            throw new SourceLostException(
                    settings.kind(),
                    "%s is missing %,d of %,d rows that were replicated, and %d of %d collections%s"
                            .formatted(store.label(), rowsGone, rows, gone.size(), collections, named(gone)));
        }
    }

    /** A record of progress that an earlier version wrote does not say how many rows the targets hold by now. */
    private void refuseUncounted(String name, @Nullable StoreCollection current) throws SourceLostException {
        SnapshotProgress recorded = forgotten.get(name);
        if (recorded == null || recorded.hasRowsHeld()) {
            return;
        }
        boolean isOther = current != null
                && !current.id().equals(PublishedRows.Identity.of(recorded).collectionId());
        if (current == null || (isOther && count(current) == 0)) {
            throw new SourceLostException(
                    settings.kind(),
                    "%s has no rows of the collection %s, which was replicated, and it is unknown how many it had (the producer's state in data.dir is lost)"
                            .formatted(store.label(), name));
        }
    }

    /**
     * Records of a collection that came after the newest one that has lost some: an application that reindexes under
     * another name fills it before it drops the old one.
     */
    private long inPlaceOfOlder(StoreCollection current, long newestLost) {
        FollowedCollection followed = byName.get(current.name());
        if (followed == null) {
            return known().contains(current.name()) ? 0 : count(current);
        }
        boolean isLater = followed.collection().id().equals(current.id())
                && followed.published().firstLook() > newestLost;
        return !isLater
                ? 0
                : followed.published().isComplete() ? followed.published().size() : count(current);
    }

    /** Returns the first scan of a collection; it is unknown if the stored hashes are lost, and then none is later. */
    private long firstLookOf(String name) {
        FollowedCollection followed = byName.get(name);
        return followed == null ? Long.MAX_VALUE : followed.published().firstLook();
    }

    private long count(StoreCollection collection) {
        try {
            return store.count(collection);
        } catch (CollectionGoneException e) {
            return 0;
        }
    }

    private static String named(List<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        String more = names.size() > MAX_NAMES ? ", …" : "";
        return names.stream().limit(MAX_NAMES).collect(Collectors.joining(", ", " (", more + ")"));
    }

    /** Rows that the targets have of it, as far as is known. */
    long heldOf(String name) {
        FollowedCollection followed = byName.get(name);
        if (followed != null) {
            long published = followed.published().size();
            return followed.published().isComplete()
                    ? published
                    : Math.max(published, heldBefore.getOrDefault(name, 0L));
        }
        SnapshotProgress recorded = forgotten.get(name);
        return recorded == null ? 0 : recorded.hasRowsHeld() ? recorded.getRowsHeld() : recorded.getRowsTotal();
    }

    /**
     * Records the number of rows of the collections in which it has changed, for {@link #heldOf} after a loss of the
     * stored hashes.
     */
    void recordSizes(ControlView view) {
        for (FollowedCollection one : all()) {
            PublishedRows published = one.published();
            ControlKey key = ControlKey.snapshot(one.collection().name());
            view.get(key)
                    .map(Control::getSnapshotProgress)
                    .filter(recorded -> published.isComplete()
                            && PublishedRows.Identity.of(recorded).equals(published.identity())
                            && isNews(recorded, published.size()))
                    .ifPresent(recorded -> {
                        var unused = control.send(
                                key,
                                Control.newBuilder()
                                        .setSnapshotProgress(
                                                recorded.toBuilder().setRowsHeld(published.size()))
                                        .build());
                    });
        }
    }

    /** Returns whether the number has changed by more than a hundredth. */
    private static boolean isNews(SnapshotProgress recorded, long held) {
        return !recorded.hasRowsHeld() || Math.abs(held - recorded.getRowsHeld()) * 100 > recorded.getRowsHeld();
    }

    /** How many of them the server may still have. */
    private long leftOf(String name, long held, @Nullable StoreCollection current) {
        if (current == null) {
            return 0;
        }
        FollowedCollection followed = byName.get(name);
        if (followed != null && followed.collection().id().equals(current.id())) {
            return held; // a look compares its rows
        }
        return Math.min(held, count(current));
    }

    /**
     * Refuses to delete what a look at all rows has not seen: nothing proves that it was deleted.
     *
     * @param gone keys that were not seen
     * @param created keys that were seen for the first time, which may have come in their place
     */
    void refuseLoss(FollowedCollection one, long gone, long created) throws SourceLostException {
        long all = all().stream()
                .mapToLong(followed -> followed.published().size())
                .sum();
        long replaced = created
                + all().stream()
                        .map(FollowedCollection::published)
                        .filter(published ->
                                published.firstLook() > one.published().firstLook())
                        .mapToLong(PublishedRows::size)
                        .sum();
        if (isTooMuch(gone - Math.min(gone, replaced), all)) {
            throw new SourceLostException(
                    settings.kind(),
                    "collection %s of %s no longer lists %,d of %,d rows that were replicated"
                            .formatted(one.collection().name(), store.label(), gone, all));
        }
    }

    private boolean isTooMuch(long gone, long all) {
        return gone * 100 > all * settings.maxLossPercent();
    }

    /** The first look of a generation is over: what it did not show goes. */
    void completed(FollowedCollection followed) {
        String name = followed.collection().name();
        publisher.broadcast(new Change.SnapshotComplete(
                name, followed.published().identity().generation()));
        publisher.flush();
        followed.published().completed();
    }

    @Override
    public void close() {
        byName.values().forEach(followed -> followed.published().close());
    }

    /** One that was swept may have come back. */
    private FollowedCollection created(StoreCollection collection) {
        return generations.of(collection.name()) > 1 ? begunAnew(collection, 0) : begun(collection);
    }

    private FollowedCollection begunAnew(StoreCollection collection, long held) {
        generations.advance(collection.name(), held);
        heldBefore.put(collection.name(), held);
        return begun(collection);
    }

    private FollowedCollection begun(StoreCollection collection) {
        var identity = new PublishedRows.Identity(
                collection.id(), UUID.randomUUID().toString(), generations.of(collection.name()));
        return new FollowedCollection(collection, PublishedRows.begin(file(collection), identity, collection.types()));
    }

    private void swept(String name) {
        generations.advance(name, 0);
        publisher.broadcast(new Change.SnapshotComplete(name, generations.of(name)));
        publisher.flush();
        holdsNothing(name);
    }

    private void holdsNothing(String name) {
        new ScanProgress(control, name, new PublishedRows.Identity("", "", generations.of(name))).complete(0);
    }

    private void forget(FollowedCollection followed) {
        byName.remove(followed.collection().name());
        followed.published().close();
        try {
            Files.deleteIfExists(file(followed.collection()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(StoreCollection collection) {
        return memory.resolve(collection.id() + ".published");
    }
}
