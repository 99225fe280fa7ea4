package io.vectorferry.verify.watch;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.diff.KeyedDifference;
import io.vectorferry.verify.diff.SpillFile;
import io.vectorferry.verify.diff.SuspectFile;
import io.vectorferry.verify.diff.VerdictCounts;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import io.vectorferry.verify.source.ExpectedRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One slow look at a whole table: first the ids that the target has, then the source block by block beside the same ids of
 * the target, then what the target had and the source did not show. It names suspects; a {@link io.vectorferry.verify.settle.Settlement} judges them. A
 * step that failed is done again. For one thread.
 */
public final class TableSweep implements AutoCloseable {
    private static final RowHash UNREAD = new RowHash(0, 0);

    private final ExpectedRows.Blocks source;
    private final TargetReader target;
    private final RowHasher hasher = new RowHasher();
    private final Path directory;
    private final SpillFile sourceIds;
    private final SpillFile targetIds;
    private final SuspectFile inTargetAlone;
    private List<ExpectedRow> block = List.of();
    private Phase phase = Phase.TARGET_IDS;
    private long expected;
    private long read;

    private enum Phase {
        TARGET_IDS,
        SOURCE,
        REST,
        DONE
    }

    /** @param rows that were read */
    record Step(int rows, List<Suspect> suspects) {}

    /** @param directory for the ids; of this sweep alone */
    TableSweep(ExpectedRows source, TargetReader target, Path directory) {
        this.source = source.blocks();
        this.target = target;
        this.directory = directory;
        try {
            OwnerOnly.own(directory);
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be made: %s".formatted(directory, e.getMessage()), "Check data.dir.", e);
        }
        sourceIds = new SpillFile(directory, "source", 0);
        targetIds = new SpillFile(directory, "target", 0);
        inTargetAlone = new SuspectFile(directory.resolve("suspects"));
    }

    public boolean isDone() {
        return phase == Phase.DONE;
    }

    /** 0 to 1, by the rows that the target had when it began. */
    double done() {
        return switch (phase) {
            case TARGET_IDS -> 0;
            case SOURCE -> (double) read / Math.max(expected, read + 1);
            case REST, DONE -> 1;
        };
    }

    public Step next(int rows) {
        return switch (phase) {
            case TARGET_IDS -> {
                targetIds();
                yield sourceBlock(rows);
            }
            case SOURCE -> sourceBlock(rows);
            case REST -> rest(rows);
            case DONE -> new Step(0, List.of());
        };
    }

    private void targetIds() {
        // An attempt that broke off has left some: one id more often than once is no harm here.
        expected = 0;
        target.scanIds(id -> {
            expected++;
            targetIds.add(SpillFile.Entry.ofTarget(id, UNREAD));
        });
        phase = Phase.SOURCE;
    }

    private Step sourceBlock(int rows) {
        if (block.isEmpty()) {
            block = source.next(rows);
        }
        if (block.isEmpty()) {
            compareIds();
            phase = Phase.REST;
            return rest(rows);
        }
        List<Suspect> suspects = suspects(block);
        for (ExpectedRow entry : block) {
            sourceIds.add(new SpillFile.Entry(entry.id(), entry.key(), new ExpectedHash.Hashed(UNREAD)));
        }
        Step step = new Step(block.size(), suspects);
        read += block.size();
        block = List.of();
        return step;
    }

    private List<Suspect> suspects(List<ExpectedRow> entries) {
        Map<TargetKey.Id, List<RowHash>> stored = new HashMap<>();
        target.fetch(entries.stream().map(ExpectedRow::id).toList(), row -> stored.computeIfAbsent(
                        row.id(), id -> new ArrayList<>(1))
                .add(hasher.of(row.row())));
        List<Suspect> suspects = new ArrayList<>();
        for (ExpectedRow entry : entries) {
            ExpectedHash content = ExpectedHash.of(entry.expected(), hasher);
            Verdict verdict = Verdict.of(List.of(content), stored.getOrDefault(entry.id(), List.of()));
            if (verdict instanceof Verdict.Different) {
                suspects.add(new Suspect(entry.id(), List.of(entry.key())));
            }
        }
        return suspects;
    }

    private void compareIds() {
        sourceIds.end();
        targetIds.end();
        // What only the source shows was looked at in its block.
        new KeyedDifference(directory, KeyedDifference.PART_BYTES, new VerdictCounts(), suspect -> {
                    if (suspect.keys().isEmpty()) {
                        inTargetAlone.add(suspect);
                    }
                })
                .compare(sourceIds, targetIds);
    }

    private Step rest(int rows) {
        List<Suspect> some = inTargetAlone.take(rows);
        if (some.isEmpty()) {
            phase = Phase.DONE;
        }
        return new Step(some.size(), some);
    }

    @Override
    public void close() {
        try (sourceIds;
                targetIds) {
            inTargetAlone.close();
        }
    }
}
