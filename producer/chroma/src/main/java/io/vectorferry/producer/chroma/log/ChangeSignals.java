package io.vectorferry.producer.chroma.log;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.memory.FollowedCollection;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The collections to scan, and how much of them: by the log if it can be read, else all of each. For one thread. */
public final class ChangeSignals implements AutoCloseable {
    private static final LogSignal.Mark NO_LOG = new LogSignal.Mark(0, "", 0);

    private final Optional<Path> directory;
    private final ChromaClient client;
    private final BooleanSupplier wasRead;
    private @Nullable ChangeLog log;
    private final Map<String, LogSignal.Mark> marks = new HashMap<>();
    private UnsettledIds unsettled = new UnsettledIds();
    private final Map<String, Named> named = new HashMap<>();

    /**
     * The ids that the log named at the last check.
     *
     * @param atNanos when it was looked at
     */
    private record Named(Set<String> ids, long atNanos) {}

    /** @param wasRead whether this pipeline has read from the server before */
    public ChangeSignals(ChromaConfig config, ChromaClient client, BooleanSupplier wasRead) {
        this.directory = config.directory();
        this.client = client;
        this.wasRead = wasRead;
        this.log = opened();
    }

    public boolean hasLog() {
        return directory.isPresent();
    }

    /** Nothing that was seen of the log is taken for granted: the collections are read in full. */
    public void reset() {
        close();
        log = null;
        marks.clear();
        named.clear();
        unsettled = new UnsettledIds();
    }

    /** The log as it lies in the directory now: one that was open while the server's files were exchanged would never show a change. */
    private @Nullable ChangeLog open() {
        if (log != null && log.isReplaced()) {
            reset();
        }
        if (log == null) {
            log = opened();
        }
        return log;
    }

    private @Nullable ChangeLog opened() {
        return directory.map(one -> ChangeLog.open(one, wasRead.getAsBoolean())).orElse(null);
    }

    /**
     * Taken before anything is read, so that what is written meanwhile is signalled the next time. A collection that was
     * dropped since it was listed is not in it.
     */
    public Map<FollowedCollection, LogSignal> of(Iterable<FollowedCollection> all) {
        ChangeLog log = open();
        Map<FollowedCollection, LogSignal> signals = new LinkedHashMap<>();
        for (FollowedCollection one : all) {
            if (log != null && !marks.containsKey(one.collection().id()) && !log.knows(one.collection())) {
                refuseIfItStands(one.collection());
                continue;
            }
            LogSignal signal = log == null
                    ? new LogSignal.Anything(NO_LOG)
                    : log.since(one.collection(), marks.get(one.collection().id()));
            boolean whole = one.published().isComplete();
            signals.put(one, whole ? withUnsettled(one, signal) : new LogSignal.Anything(signal.mark()));
        }
        return signals;
    }

    private void refuseIfItStands(ChromaCollection unknown) {
        boolean stands = client.collection(unknown.name())
                .filter(now -> now.id().equals(unknown.id()))
                .isPresent();
        if (stands) {
            throw FerryException.misconfigured(
                    "the log in source.chroma.directory does not know the collection " + unknown.name(),
                    "Set it to the persist directory of the server at source.chroma.url, or remove it.");
        }
    }

    private LogSignal withUnsettled(FollowedCollection one, LogSignal signal) {
        String collection = one.collection().id();
        long now = System.nanoTime();
        Set<String> due = unsettled.due(collection, now);
        return switch (signal) {
            case LogSignal.Nothing(LogSignal.Mark mark) -> {
                named.put(collection, new Named(Set.of(), now));
                yield due.isEmpty() ? signal : new LogSignal.Some(due, false, mark);
            }
            case LogSignal.Some(Set<String> ids, boolean purged, LogSignal.Mark mark) -> {
                named.put(collection, new Named(ids, now));
                due.addAll(ids);
                yield new LogSignal.Some(due, purged, mark);
            }
            case LogSignal.Anything anything -> {
                named.remove(collection);
                yield anything;
            }
        };
    }

    /** Records that the signaled changes are published. */
    public void dealtWith(FollowedCollection one, LogSignal signal) {
        ChangeLog log = this.log;
        if (log == null) {
            return;
        }
        String collection = one.collection().id();
        marks.put(collection, signal.mark());
        @Nullable Named last = named.remove(collection);
        if (last != null) {
            unsettled.readAgain(collection, last.atNanos());
            unsettled.add(collection, last.ids(), last.atNanos());
        } else {
            // Of a collection that was read in full too, the newest may have been read too early.
            unsettled.add(collection, log.newest(one.collection()), System.nanoTime());
        }
    }

    public static boolean sayNothing(Map<FollowedCollection, LogSignal> signals) {
        return signals.values().stream().allMatch(LogSignal.Nothing.class::isInstance);
    }

    @Override
    public void close() {
        Optional.ofNullable(log).ifPresent(ChangeLog::close);
    }
}
