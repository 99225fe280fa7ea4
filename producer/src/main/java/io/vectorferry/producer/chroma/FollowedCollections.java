package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.ChangePublisher;
import io.vectorferry.producer.Generations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The collections that are replicated, kept in step with those that exist. One that is created is followed from its
 * first record; one that is dropped is swept from the targets; one of the same name made anew is a new generation. For
 * one thread.
 */
final class FollowedCollections implements AutoCloseable {
    private final Path memory;
    private final Generations generations;
    private final ChangePublisher publisher;
    private final ControlPublisher control;
    private final Map<String, Followed> byName = new TreeMap<>();

    FollowedCollections(Path memory, Generations generations, ChangePublisher publisher, ControlPublisher control) {
        this.memory = memory;
        this.generations = generations;
        this.publisher = publisher;
        this.control = control;
    }

    Collection<Followed> all() {
        return List.copyOf(byName.values());
    }

    /**
     * @param expected names that were followed or are configured; those that do not exist hold nothing
     * @param existing those that are wanted and exist
     * @param lastLook the newest look that was recorded: a memory that has not seen it is not used
     */
    void open(Collection<String> expected, List<ChromaCollection> existing, long lastLook, boolean newGeneration) {
        for (ChromaCollection collection : existing) {
            byName.put(collection.name(), opened(collection, lastLook, newGeneration));
        }
        for (String name : expected) {
            if (!byName.containsKey(name)) {
                boolean held = generations
                        .progress(name)
                        .map(progress -> !progress.getIncarnation().isEmpty() || !progress.getComplete())
                        .orElse(false);
                if (held) {
                    sweep(name);
                }
                holdsNothing(name);
            }
        }
    }

    /** As the server lists them now. */
    void update(List<ChromaCollection> existing) {
        Map<String, ChromaCollection> now =
                existing.stream().collect(Collectors.toMap(ChromaCollection::name, Function.identity()));
        for (Followed followed : all()) {
            String name = followed.collection().name();
            ChromaCollection current = now.remove(name);
            if (current == null) {
                forget(followed);
                sweep(name);
                holdsNothing(name);
            } else if (!current.id().equals(followed.collection().id())) {
                forget(followed);
                byName.put(name, begun(current, true));
            } else {
                byName.put(name, followed.as(current));
            }
        }
        now.values().forEach(created -> byName.put(created.name(), begun(created, generations.of(created.name()) > 1)));
    }

    /** The first look of a generation is over: what it did not show goes. */
    void completed(Followed followed) {
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

    private Followed opened(ChromaCollection collection, long lastLook, boolean newGeneration) {
        SnapshotProgress recorded = generations.progress(collection.name()).orElse(null);
        if (recorded != null && !newGeneration && recorded.getIncarnation().startsWith(collection.id() + "/")) {
            @Nullable
            PublishedRows rows = PublishedRows.resume(
                    file(collection),
                    new PublishedRows.Identity(recorded.getIncarnation(), recorded.getGeneration()),
                    lastLook);
            if (rows != null) {
                return new Followed(collection, rows);
            }
        }
        return begun(collection, recorded != null);
    }

    private Followed begun(ChromaCollection collection, boolean again) {
        if (again) {
            generations.advance(collection.name());
        }
        var identity = new PublishedRows.Identity(
                collection.id() + "/" + UUID.randomUUID(), generations.of(collection.name()));
        return new Followed(collection, PublishedRows.begin(file(collection), identity, FieldTypes.of(collection)));
    }

    private void sweep(String name) {
        generations.advance(name);
        publisher.broadcast(new Change.SnapshotComplete(name, generations.of(name)));
        publisher.flush();
    }

    private void holdsNothing(String name) {
        new LookProgress(control, name, new PublishedRows.Identity("", generations.of(name))).complete(0);
    }

    private void forget(Followed followed) {
        byName.remove(followed.collection().name());
        followed.published().close();
        try {
            Files.deleteIfExists(file(followed.collection()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(ChromaCollection collection) {
        return memory.resolve(collection.id() + ".published");
    }
}
