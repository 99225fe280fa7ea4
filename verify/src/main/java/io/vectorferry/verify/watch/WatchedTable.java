package io.vectorferry.verify.watch;

import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.wire.ContinuousVerification.Difference;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.settle.Explanations;
import io.vectorferry.verify.settle.Settlement;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.source.ExpectedRows;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** One table of a target under continuous verification: what is to be looked at, and what was found to differ. For one thread. */
public final class WatchedTable {
    /** Differences that are kept by their ids; further ones are found again once these are fixed. */
    static final int MAX_OPEN = 256;

    /** A busy row is not waited for: it comes again. */
    private static final int MAX_ROUNDS = 3;

    private final String name;
    private final ExpectedRows source;
    private final TargetReader target;
    private final Settlement settlement;
    private final Explanations explanations;
    private final Map<TargetKey.Id, Suspect> waiting = new LinkedHashMap<>();
    private final Map<TargetKey.Id, OpenDifference> open = new LinkedHashMap<>();

    /** @param name the first of the collections that go to it */
    public WatchedTable(
            String name,
            ExpectedRows source,
            TargetReader target,
            TargetBarriers barriers,
            Explanations explanations,
            VectorTolerance tolerance) {
        this.name = name;
        this.source = source;
        this.target = target;
        this.settlement = new Settlement(source, target, barriers, tolerance, MAX_ROUNDS);
        this.explanations = explanations;
    }

    /** Outcomes that hold as long as no snapshot began meanwhile. */
    record Checked(int rows, List<Suspect.Settled> outcomes) {}

    public String name() {
        return name;
    }

    TableSweep sweep(Path directory) {
        return new TableSweep(source, target, directory);
    }

    public Collection<OpenDifference> open() {
        return open.values();
    }

    /** Adds a difference that an earlier run has found. */
    void reopen(OpenDifference difference) {
        open.put(difference.suspect().id(), difference);
    }

    void lookAt(Collection<Suspect> suspects) {
        suspects.forEach(suspect -> waiting.put(suspect.id(), suspect));
    }

    void lookAtKeys(Collection<SourceKey> keys) {
        lookAt(source.suspects(keys));
    }

    void lookAtOpen() {
        lookAt(open.values().stream().map(OpenDifference::suspect).toList());
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /** Forgets what waits once it is settled, and not when that fails. */
    public Checked settle() {
        if (waiting.isEmpty()) {
            return new Checked(0, List.of());
        }
        List<Suspect.Settled> outcomes = explanations.explain(settlement.settle(waiting.values()));
        int rows = waiting.size();
        waiting.clear();
        return new Checked(rows, outcomes);
    }

    /** Whether one more or one less differs than before. */
    boolean take(List<Suspect.Settled> outcomes, long nowMicros) {
        boolean changed = false;
        for (Suspect.Settled outcome : outcomes) {
            TargetKey.Id id = outcome.suspect().id();
            changed |= switch (outcome.verdict()) {
                case Verdict.Agreed() -> open.remove(id) != null;
                case Verdict.Explained explained -> open.remove(id) != null;
                case Verdict.InFlight() -> false;
                case Verdict.Different(Verdict.Kind kind) ->
                    add(new OpenDifference(name, outcome.suspect(), kind, nowMicros));
            };
        }
        return changed;
    }

    private boolean add(OpenDifference difference) {
        TargetKey.Id id = difference.suspect().id();
        OpenDifference known = open.get(id);
        boolean isNew = known == null ? open.size() < MAX_OPEN : known.kind() != difference.kind();
        if (isNew) {
            open.put(id, difference);
        }
        return isNew;
    }

    /**
     * A row that differs and was not found equal since.
     *
     * @param table the first of the collections that go to the table
     */
    public record OpenDifference(String table, Suspect suspect, Verdict.Kind kind, long foundMicros) {

        public static OpenDifference of(Difference difference) {
            TargetKey key = Codecs.TARGET_KEY.decode(difference.getId().toByteArray());
            return new OpenDifference(
                    key.collection(),
                    new Suspect(
                            key.id(),
                            difference.getKeysList().stream()
                                    .map(bytes -> Codecs.SOURCE_KEY.decode(bytes.toByteArray()))
                                    .toList()),
                    Verdict.Kind.valueOf(difference.getKind().toUpperCase(Locale.ROOT)),
                    difference.getFoundMicros());
        }

        Difference toWire() {
            byte[] id = Objects.requireNonNull(
                    Codecs.TARGET_KEY.encode(new TargetKey(table, suspect.id())), "a key has bytes");
            Difference.Builder wire = Difference.newBuilder()
                    .setId(UnsafeByteOperations.unsafeWrap(id))
                    .setKind(kind.label())
                    .setFoundMicros(foundMicros);
            suspect.keys()
                    .forEach(key -> wire.addKeys(UnsafeByteOperations.unsafeWrap(
                            Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"))));
            return wire.build();
        }
    }
}
