package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.publish.Generations;
import io.vectorferry.producer.rescan.memory.FollowedCollection;
import io.vectorferry.producer.rescan.memory.MemoryLock;
import io.vectorferry.producer.rescan.memory.PublishedRows;
import io.vectorferry.producer.rescan.spi.CollectionGoneException;
import io.vectorferry.producer.rescan.spi.CollectionReading;
import io.vectorferry.producer.rescan.spi.CollectionReading.Extent;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.rescan.spi.RescannedStore;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The looks, one after the other. The barrier that was asked for before a look began follows what the look found: by
 * then the changes topic holds all that the store had when the barrier was issued. For one thread.
 */
public final class RescanLoop implements AutoCloseable {
    /** A collection was dropped while it was read: the store is asked again. */
    private static final Duration AGAIN_PAUSE = Duration.ofMillis(50);

    /** The maximum age of the number of rows by which a loss is detected if the memory is lost too. */
    private static final Duration SIZES_EVERY = Duration.ofSeconds(5);

    private static final String SNAPSHOT_KEYS = "snapshot/";

    private final RescanSettings settings;
    private final RescannedStore store;
    private final ChangePublisher publisher;
    private final ControlPublisher control;
    private final ControlView view;
    private final ScanNumber state;
    private final StageLife life;
    private final RowRate rate;
    private final FollowedCollections followed;
    private String lastBarrier = "";
    private long sizesRecordedAt;

    public RescanLoop(
            RescanSettings settings,
            MemoryLock memory,
            RescannedStore store,
            ChangePublisher publisher,
            ControlPublisher control,
            ControlView view,
            ScanNumber state,
            StageLife life) {
        this.settings = settings;
        this.store = store;
        this.publisher = publisher;
        this.control = control;
        this.view = view;
        this.state = state;
        this.life = life;
        this.rate = new RowRate(settings.rowsPerSecond(), life);
        Generations generations = new Generations(control, view, List.copyOf(recorded()));
        this.followed = new FollowedCollections(memory.directory(), settings, store, generations, publisher, control);
    }

    /** Returns when stopped. */
    public void run(RequestedGeneration newGeneration) throws InterruptedException {
        Set<String> expected = new LinkedHashSet<>(settings.collections());
        recorded().stream().filter(settings::isWanted).forEach(expected::add);
        followed.open(expected, state.last());
        followed.all().forEach(one -> ScanProgress.recordTypes(control, view, one));
        Duration pause = Duration.ZERO;
        while (!life.awaitStop(pause)) {
            pause = pauseAfterLook(newGeneration);
        }
    }

    /**
     * Looks, and returns how long to wait until the next look: at most half of the time is spent reading, so that the store keeps the
     * other half for its application.
     */
    private Duration pauseAfterLook(RequestedGeneration newGeneration) {
        long pauses = life.pauses();
        long began = System.nanoTime();
        try {
            if (!look(newGeneration)) {
                return AGAIN_PAUSE;
            }
            boolean wasPaused = life.isPauseRequested() || life.pauses() > pauses;
            Duration took = wasPaused ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began);
            return took.compareTo(settings.pause()) > 0 ? took : settings.pause();
        } catch (SourceLostException e) {
            state.failed(String.valueOf(e.getMessage()));
            return settings.pause();
        }
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
            followed.update(store.collections(), newGeneration.isDue());
            newGeneration.begun();
            recordMetrics();
        } finally {
            life.end();
        }
        boolean whole = read();
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
            metrics.record(control, one.collection().name(), store.metric(one.collection()));
        }
    }

    private boolean read() throws SourceLostException {
        Map<FollowedCollection, CollectionReading> readings = new LinkedHashMap<>();
        try {
            boolean whole = true;
            for (FollowedCollection one : followed.all()) {
                PublishedRows published = one.published();
                try {
                    readings.put(one, store.read(one.settled(), published.isComplete() ? published.mark() : ""));
                } catch (CollectionGoneException e) {
                    whole = false;
                }
            }
            boolean nothing = readings.entrySet().stream().allMatch(RescanLoop::isNothing);
            return (nothing || publish(readings)) && whole;
        } finally {
            readings.values().forEach(CollectionReading::close);
        }
    }

    private static boolean isNothing(Map.Entry<FollowedCollection, CollectionReading> reading) {
        return reading.getValue().extent() == Extent.NOTHING
                && reading.getKey().published().isComplete();
    }

    private boolean publish(Map<FollowedCollection, CollectionReading> readings) throws SourceLostException {
        long number = state.last() + 1;
        readings.keySet().forEach(one -> one.published().beginLook(number));
        state.begin(number);
        long differing = 0;
        boolean whole = true;
        for (Map.Entry<FollowedCollection, CollectionReading> reading : readings.entrySet()) {
            if (!isNothing(reading)) {
                FollowedCollection one = reading.getKey();
                CollectionScan scan = new CollectionScan(settings, followed, one, publisher, rate, number, life);
                whole &= publish(one, scan, reading.getValue());
                differing += scan.differing();
            }
        }
        state.ended(differing);
        return whole;
    }

    private boolean publish(FollowedCollection one, CollectionScan scan, CollectionReading reading)
            throws SourceLostException {
        try {
            if (one.published().isComplete()) {
                return scan.publish(reading, read -> {});
            }
            String name = one.collection().name();
            ScanProgress progress = new ScanProgress(
                    control, name, one.published().identity(), one.published().types(), followed.heldOf(name));
            progress.began(reading.rows());
            if (!scan.publish(reading, progress::read) || !life.begin()) {
                return false;
            }
            try {
                followed.completed(one);
                progress.complete(one.published().size());
                return true;
            } finally {
                life.end();
            }
        } catch (CollectionGoneException e) {
            return false;
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

    /** The collections of which there is progress from an earlier run. */
    private List<String> recorded() {
        List<String> names = new ArrayList<>();
        view.withPrefix(SNAPSHOT_KEYS).keySet().forEach(key -> names.add(key.substring(SNAPSHOT_KEYS.length())));
        return names;
    }

    @Override
    public void close() {
        followed.close();
    }
}
