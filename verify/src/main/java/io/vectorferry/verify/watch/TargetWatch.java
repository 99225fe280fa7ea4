package io.vectorferry.verify.watch;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.ContinuousVerification;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.watch.WatchedTable.OpenDifference;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a target while the pipeline runs, turn by turn: a sample of what changed lately, the next rows of a sweep, and what
 * was found to differ before. For one thread.
 */
public final class TargetWatch implements AutoCloseable {
    /** Divisor for the rows of a turn that may be recent changes. */
    private static final int RECENT_PART = 5;

    /** The longest rest while there is nothing to look at. */
    private static final Duration MAX_IDLE = Duration.ofSeconds(5);

    private final List<WatchedTable> tables;
    private final DrawnKeys recent;
    private final TargetBarriers barriers;
    private final Supplier<Optional<List<Integer>>> generations;
    private final Settings settings;
    private final Clock clock;
    private @Nullable TableSweep sweep;
    private int sweptTables;
    private long sweepBegan;
    private long lookAgainAt;
    private long checked;
    private long sweepsCompleted;
    private long lastCheckedMicros;
    private Duration idle = Duration.ZERO;

    /**
     * @param sweepEvery the least time between the beginnings of two sweeps of all tables
     * @param lookAgain how often what differs is looked at again
     * @param directory for notes, of this target alone
     */
    public record Settings(VerificationPace pace, Duration sweepEvery, Duration lookAgain, Path directory) {}

    /**
     * @param tables all that the target has
     * @param generations of all collections; empty while a snapshot is being read
     * @param before what an earlier run has published
     */
    public TargetWatch(
            List<WatchedTable> tables,
            DrawnKeys recent,
            TargetBarriers barriers,
            Supplier<Optional<List<Integer>>> generations,
            Settings settings,
            ContinuousVerification before,
            Clock clock) {
        this.tables = List.copyOf(tables);
        this.recent = recent;
        this.barriers = barriers;
        this.generations = generations;
        this.settings = settings;
        this.clock = clock;
        this.sweepBegan = System.nanoTime() - settings.sweepEvery().toNanos();
        this.lookAgainAt = System.nanoTime();
        this.checked = before.getChecked();
        this.sweepsCompleted = before.getSweepsCompleted();
        this.lastCheckedMicros = before.getLastCheckedMicros();
        before.getOpenList().stream().map(OpenDifference::of).forEach(this::reopen);
    }

    private void reopen(OpenDifference difference) {
        tables.stream()
                .filter(table -> table.name().equals(difference.table()))
                .forEach(table -> table.reopen(difference));
    }

    /**
     * @param rest before the next one
     * @param different whether one more or one less differs than before
     */
    public record Turn(Duration rest, boolean different) {}

    public Turn turn() {
        long started = System.nanoTime();
        Duration waited = barriers.waited();
        Optional<List<Integer>> before = generations.get();
        if (before.isEmpty()) {
            return new Turn(settings.pace().restAfter(0, Duration.ZERO), false);
        }
        // What waits since a turn that failed comes first.
        int rows = tables.stream().anyMatch(WatchedTable::hasWaiting) ? 0 : gather();
        boolean different = false;
        for (WatchedTable table : tables) {
            WatchedTable.Checked found = table.settle();
            rows += found.rows();
            // A barrier overtakes the rows of a snapshot: what was seen beside one proves nothing.
            if (generations.get().equals(before)) {
                different |= table.take(found.outcomes(), Micros.now(clock));
            }
        }
        count(rows);
        Duration worked = Duration.ofNanos(System.nanoTime() - started)
                .minus(barriers.waited().minus(waited));
        return new Turn(restAfter(rows, worked), different);
    }

    /** Each turn that found nothing to look at doubles it. */
    private Duration restAfter(int rows, Duration worked) {
        Duration rest = settings.pace().restAfter(rows, worked);
        idle = rows > 0
                ? Duration.ZERO
                : shortest(MAX_IDLE, idle.multipliedBy(2).plus(rest));
        Duration longer = shortest(idle, settings.sweepEvery());
        return longer.compareTo(rest) > 0 ? longer : rest;
    }

    private static Duration shortest(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** The rows that were found equal at once; what has to be looked at closer waits. */
    private int gather() {
        int atOnce = settings.pace().rowsAtOnce();
        List<SourceKey> changed = recent.draw(Math.max(1, atOnce / RECENT_PART));
        tables.forEach(table -> table.lookAtKeys(changed));
        if (System.nanoTime() - lookAgainAt >= 0) {
            tables.forEach(WatchedTable::lookAtOpen);
            lookAgainAt = System.nanoTime() + settings.lookAgain().toNanos();
        }
        return sweep(atOnce);
    }

    private void count(int rows) {
        if (rows > 0) {
            checked += rows;
            lastCheckedMicros = Micros.now(clock);
        }
    }

    private int sweep(int atOnce) {
        if (sweep == null) {
            long now = System.nanoTime();
            if (sweptTables == 0 && now - sweepBegan < settings.sweepEvery().toNanos()) {
                return 0;
            }
            sweepBegan = sweptTables == 0 ? now : sweepBegan;
            sweep = tables.get(sweptTables).sweep(settings.directory());
        }
        WatchedTable table = tables.get(sweptTables);
        TableSweep.Step step = sweep.next(atOnce);
        table.lookAt(step.suspects());
        if (sweep.isDone()) {
            sweep.close();
            sweep = null;
            sweptTables = (sweptTables + 1) % tables.size();
            sweepsCompleted += sweptTables == 0 ? 1 : 0;
        }
        return step.rows() - step.suspects().size();
    }

    /** Returns the state to publish, without the error. */
    public ContinuousVerification.Builder state() {
        ContinuousVerification.Builder state = ContinuousVerification.newBuilder()
                .setChecked(checked)
                .setSweepDone(sweepDone())
                .setSweepsCompleted(sweepsCompleted)
                .setLastCheckedMicros(lastCheckedMicros);
        tables.stream()
                .flatMap(table -> table.open().stream())
                .sorted(Comparator.comparingLong(OpenDifference::foundMicros))
                .forEach(difference -> state.addOpen(difference.toWire()));
        return state;
    }

    private double sweepDone() {
        boolean resting = sweep == null && sweptTables == 0 && sweepsCompleted > 0;
        return resting ? 1 : (sweptTables + (sweep == null ? 0 : sweep.done())) / tables.size();
    }

    @Override
    public void close() {
        if (sweep != null) {
            sweep.close();
        }
    }

    /** A sample of the keys whose rows have changed since it was asked last. */
    public interface DrawnKeys {
        List<SourceKey> draw(int most);
    }
}
