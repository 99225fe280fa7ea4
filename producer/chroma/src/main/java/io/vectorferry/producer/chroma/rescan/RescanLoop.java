package io.vectorferry.producer.chroma.rescan;

import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.log.ChangeSignals;
import io.vectorferry.producer.chroma.log.LogSignal;
import io.vectorferry.producer.chroma.memory.FollowedCollection;
import io.vectorferry.producer.chroma.memory.MemoryLock;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.publish.Generations;
import io.vectorferry.producer.stage.RequestedGeneration;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.CollectionGoneException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The looks, one after the other. The barrier that was asked for before a look began follows what the look found: by
 * then the changes topic holds all that Chroma had when the barrier was issued. For one thread.
 */
public final class RescanLoop implements AutoCloseable {
    /** Pause between two checks of the log. */
    private static final Duration LOG_PAUSE = Duration.ofMillis(200);

    /** A collection was dropped while it was read: the server is asked again. */
    private static final Duration AGAIN_PAUSE = Duration.ofMillis(50);

    /** The maximum age of the number of records by which a loss is detected if the memory is lost too. */
    private static final Duration SIZES_EVERY = Duration.ofSeconds(5);

    private static final String SNAPSHOT_KEYS = "snapshot/";

    private final ChromaConfig config;
    private final ChromaClient client;
    private final ChangePublisher publisher;
    private final ControlPublisher control;
    private final ControlView view;
    private final ScanNumber state;
    private final StageLife life;
    private final FollowedCollections followed;
    private final ChangeSignals signals;
    private String lastBarrier = "";
    private long sizesRecordedAt;

    public RescanLoop(
            ChromaConfig config,
            MemoryLock memory,
            ChromaClient client,
            ChangePublisher publisher,
            ControlPublisher control,
            ControlView view,
            ScanNumber state,
            StageLife life) {
        this.config = config;
        this.client = client;
        this.publisher = publisher;
        this.control = control;
        this.view = view;
        this.state = state;
        this.life = life;
        Generations generations = new Generations(control, view, List.copyOf(recorded()));
        this.signals = new ChangeSignals(config, client, state::hasLooked);
        this.followed = new FollowedCollections(
                memory.directory(), client, config.maxLossPercent(), generations, publisher, control);
    }

    /** Returns when stopped. */
    public void run(RequestedGeneration newGeneration) throws InterruptedException {
        Set<String> expected = new LinkedHashSet<>(config.collections());
        recorded().stream().filter(this::isWanted).forEach(expected::add);
        followed.open(expected, state.last());
        followed.all().forEach(one -> ScanProgress.recordTypes(control, view, one));
        Duration pause = Duration.ZERO;
        while (!life.awaitStop(pause)) {
            pause = pauseAfterLook(newGeneration);
        }
    }

    /** Looks, and returns how long to wait until the next look. */
    private Duration pauseAfterLook(RequestedGeneration newGeneration) {
        long pauses = life.pauses();
        long began = System.nanoTime();
        try {
            if (!look(newGeneration)) {
                return AGAIN_PAUSE;
            }
            boolean wasPaused = life.isPauseRequested() || life.pauses() > pauses;
            return pauseAfter(wasPaused ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began));
        } catch (SourceLostException e) {
            state.failed(String.valueOf(e.getMessage()));
            signals.reset(); // what comes back may be another file
            return config.reading().pause();
        }
    }

    /**
     * Returns the pause after a scan: without a log, at most half of the time is spent reading, so that the source
     * keeps the other half for its application.
     */
    private Duration pauseAfter(Duration took) {
        if (signals.hasLog()) {
            return LOG_PAUSE;
        }
        Duration least = config.reading().pause();
        return took.compareTo(least) > 0 ? took : least;
    }

    /** Whether all that was to be read was read. */
    private boolean look(RequestedGeneration newGeneration) throws SourceLostException {
        if (!life.begin()) {
            return false;
        }
        Optional<Barrier> asked;
        try {
            view.refresh();
            recordSizes();
            asked = view.announcedBarrier();
            followed.update(existing(), newGeneration.isDue());
            newGeneration.begun();
            recordMetrics();
        } finally {
            life.end();
        }
        Collection<FollowedCollection> all = followed.all();
        Map<FollowedCollection, LogSignal> found = signals.of(all);
        boolean whole = (ChangeSignals.sayNothing(found) || lookAt(found)) && found.size() == all.size();
        if (whole) {
            asked.filter(barrier -> !barrier.id().equals(lastBarrier)).ifPresent(this::pass);
            state.worked();
        }
        return whole;
    }

    private void recordSizes() {
        if (sizesRecordedAt == 0 || System.nanoTime() - sizesRecordedAt > SIZES_EVERY.toNanos()) {
            followed.recordSizes(view);
            sizesRecordedAt = System.nanoTime();
        }
    }

    /** Records the metrics before any row is published, so that a sink that sees a row finds its metric. */
    private void recordMetrics() {
        RecordedDistances metrics = new RecordedDistances(view);
        for (FollowedCollection one : followed.all()) {
            ChromaCollection collection = one.collection();
            metrics.record(control, collection.name(), collection.metric());
        }
    }

    private boolean lookAt(Map<FollowedCollection, LogSignal> found) throws SourceLostException {
        long number = state.last() + 1;
        found.keySet().forEach(one -> one.published().beginLook(number));
        state.begin(number);
        long differing = 0;
        boolean whole = true;
        for (Map.Entry<FollowedCollection, LogSignal> signal : found.entrySet()) {
            FollowedCollection one = signal.getKey();
            CollectionScan look = new CollectionScan(client, config.reading(), one, publisher, number, life);
            boolean read = lookAt(one, look, signal.getValue());
            if (read) {
                signals.dealtWith(one, signal.getValue());
            }
            whole &= read;
            differing += look.differing();
        }
        state.ended(differing);
        return whole;
    }

    private boolean lookAt(FollowedCollection one, CollectionScan look, LogSignal signal) throws SourceLostException {
        try {
            switch (signal) {
                case LogSignal.Nothing nothing -> {}
                case LogSignal.Anything anything -> lookAtAll(one, look);
                case LogSignal.Some(Set<String> ids, boolean purged, LogSignal.Mark mark) -> {
                    look.atSome(ids);
                    if (purged) {
                        look.deleteAllBut(look.ids());
                    }
                }
            }
            return !life.isStopping();
        } catch (CollectionGoneException e) {
            return false;
        }
    }

    private void lookAtAll(FollowedCollection one, CollectionScan look)
            throws CollectionGoneException, SourceLostException {
        List<String> ids = look.ids();
        if (one.published().isComplete()) {
            followed.refuseLoss(one, ids);
            look.atAll(ids, read -> {});
            return;
        }
        ScanProgress progress = new ScanProgress(
                control,
                one.collection().name(),
                one.published().identity(),
                one.published().types(),
                followed.heldOf(one.collection().name()));
        progress.began(ids.size());
        look.atAll(ids, progress::read);
        if (life.begin()) {
            try {
                followed.completed(one);
                progress.complete(ids.size());
            } finally {
                life.end();
            }
        }
    }

    private void pass(Barrier barrier) {
        if (life.begin()) {
            try {
                publisher.broadcast(new Change.BarrierMark(barrier.at(state.position())));
                publisher.flush();
                lastBarrier = barrier.id();
            } finally {
                life.end();
            }
        }
    }

    private List<ChromaCollection> existing() {
        return client.collections().stream()
                .filter(collection -> isWanted(collection.name()))
                .toList();
    }

    private boolean isWanted(String name) {
        return config.collections().isEmpty() || config.collections().contains(name);
    }

    /** The collections of which there is progress from an earlier run. */
    private List<String> recorded() {
        List<String> names = new ArrayList<>();
        view.withPrefix(SNAPSHOT_KEYS).keySet().forEach(key -> names.add(key.substring(SNAPSHOT_KEYS.length())));
        return names;
    }

    @Override
    public void close() {
        signals.close();
        followed.close();
    }
}
