package io.vectorferry.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.source.ExpectedRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Two stores in memory and a pipeline that is behind by as much as chance wants: whenever one of them is touched, an application
 * changes some rows, and some of the changes under way arrive. A barrier lets all arrive. Safe for any thread.
 */
public final class LaggingStores implements TargetBarriers {
    static final int ROWS_A_MARK = 100;
    private static final String COLLECTION = "rows";

    /** Without transforms: the target must hold the rows as they are. */
    private static final PipelineConfig PIPELINE = PipelineConfig.from(PipelineFile.of("""
            pipeline: lagging
            source:
              postgres: {}
            targets:
              - name: lake
                lancedb: {}
            """, List.of(), Map.of()));

    private final Map<Long, Row> source = new TreeMap<>();
    private final Map<Long, Row> target = new TreeMap<>();
    private final Queue<Runnable> underWay = new ArrayDeque<>();
    private final Random random;
    private final RandomRows rows;
    private final long busyIds;
    private final int changesATouch;
    private final AtomicLong sourceRead = new AtomicLong();
    private final AtomicLong targetRead = new AtomicLong();
    private volatile boolean breaking;
    private volatile boolean endless;
    private int barriers;
    private boolean heldBack;
    private Runnable failing = () -> {};

    /** @param busyIds ids below it are changed all the time */
    public LaggingStores(long seed, int size, long busyIds, int changesATouch) {
        this.random = new Random(seed);
        this.rows = new RandomRows(random);
        this.busyIds = busyIds;
        this.changesATouch = changesATouch;
        for (long id = 0; id < size; id++) {
            Row row = rows.row();
            source.put(id, row);
            target.put(id, rows.saidOtherwise(row));
        }
    }

    /** Behind the pipeline's back; null deletes. */
    public synchronized void plant(long id, @Nullable Row row) {
        write(target, id, row);
    }

    public synchronized Row edited(long id) {
        return rows.edited(target.getOrDefault(id, rows.row()));
    }

    public synchronized Row any() {
        return rows.row();
    }

    public synchronized Row stored(long id) {
        return target.getOrDefault(id, rows.row());
    }

    /** From now on one of so many reads of either side fails. */
    public synchronized void failReadsOf(Random luck, int of) {
        failing = () -> {
            if (luck.nextInt(of) == 0) {
                throw FerryException.retryable("no answer today", new IllegalStateException());
            }
        };
    }

    /** From now on nothing arrives but what a barrier waits for. */
    synchronized void holdBack() {
        heldBack = true;
    }

    private void touched() {
        for (int i = 0; i < changesATouch; i++) {
            long id = random.nextLong(busyIds);
            Row row = random.nextInt(3) == 0 ? null : rows.row();
            write(source, id, row);
            underWay.add(() -> write(target, id, row));
        }
        int arriving = heldBack ? 0 : random.nextInt(underWay.size() + 1);
        for (int i = 0; i < arriving; i++) {
            underWay.remove().run();
        }
    }

    private static void write(Map<Long, Row> rows, long id, @Nullable Row row) {
        if (row == null) {
            rows.remove(id);
        } else {
            rows.put(id, row);
        }
    }

    @Override
    public synchronized String reach() {
        int committed = underWay.size();
        for (int i = 0; i < committed; i++) {
            underWay.remove().run();
        }
        touched();
        return Integer.toString(++barriers);
    }

    public ExpectedRows source() {
        return new ExpectedRows(
                reader(),
                List.of(COLLECTION),
                new TargetRules(PIPELINE),
                RowIds.computed(IdRule.computing(PIPELINE.ids()), List.of(COLLECTION), Optional.empty()));
    }

    private SourceReader reader() {
        return new SourceReader() {
            @Override
            public void scan(String collection, Consumer<SourceRow> rows) {
                scan(collection, "", rows, mark -> {});
            }

            @Override
            public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
                do {
                    eachBehind(mark, snapshot(source), (id, row) -> rows.accept(sourceRow(id, row)), marks, sourceRead);
                } while (endless);
            }

            @Override
            public boolean continuesFrom(String collection, String mark) {
                return true;
            }

            @Override
            public RowBlocks blocks(String collection) {
                AtomicLong last = new AtomicLong(Long.MIN_VALUE);
                return rows -> {
                    List<SourceRow> block = new ArrayList<>();
                    snapshot(source).forEach((id, row) -> {
                        if (id > last.get() && block.size() < rows) {
                            block.add(sourceRow(id, row));
                        }
                    });
                    if (!block.isEmpty()) {
                        last.set(number(block.getLast().key()));
                    }
                    return block;
                };
            }

            @Override
            public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
                Map<Long, Row> now = snapshot(source);
                return keys.stream()
                        .map(LaggingStores::number)
                        .filter(now::containsKey)
                        .map(id -> sourceRow(id, now.getOrDefault(id, rows.row())))
                        .toList();
            }
        };
    }

    public TargetReader target() {
        return new TargetReader() {
            @Override
            public long count() {
                return snapshot(target).size();
            }

            @Override
            public Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids) {
                Map<TargetKey.Id, Row> found = new HashMap<>();
                snapshot(target).forEach((id, row) -> {
                    if (ids.contains(new TargetKey.NumberId(id))) {
                        found.put(new TargetKey.NumberId(id), row);
                    }
                });
                return found;
            }

            @Override
            public void scan(Consumer<StoredRow> stored) {
                scan("", stored, mark -> {});
            }

            @Override
            public void scan(String mark, Consumer<StoredRow> stored, Consumer<String> marks) {
                eachBehind(
                        mark,
                        snapshot(target),
                        (id, row) -> stored.accept(new StoredRow(new TargetKey.NumberId(id), row)),
                        marks,
                        targetRead);
            }

            @Override
            public boolean continuesFrom(String mark) {
                return true;
            }

            @Override
            public List<Hit> search(Vector query, int k) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {}
        };
    }

    /** From now on a scan of either side ends before it has read so many rows, if it can. */
    void breakOffAfter(long rows) {
        sourceRead.set(-rows);
        targetRead.set(-rows);
        breaking = true;
    }

    /** From now on a scan of the source begins again and again, and is not the one that breaks off. */
    void sourceNeverEnds() {
        sourceRead.set(0);
        endless = true;
    }

    /** From now on scans read to their ends, and their rows are counted from zero. */
    void mend() {
        breakOffAfter(0);
        breaking = false;
    }

    long rowsScanned() {
        return sourceRead.get() + targetRead.get();
    }

    private void eachBehind(
            String mark, Map<Long, Row> rows, BiConsumer<Long, Row> consumer, Consumer<String> marks, AtomicLong read) {
        long behind = mark.isEmpty() ? Long.MIN_VALUE : Long.parseLong(mark);
        rows.forEach((id, row) -> {
            if (id <= behind) {
                return;
            }
            consumer.accept(id, row);
            if (read.incrementAndGet() == 0 && breaking) {
                throw FerryException.retryable("the connection is gone", new IllegalStateException());
            }
            if (id % ROWS_A_MARK == 0) {
                marks.accept(Long.toString(id));
            }
        });
    }

    private synchronized Map<Long, Row> snapshot(Map<Long, Row> side) {
        failing.run();
        touched();
        return new TreeMap<>(side);
    }

    private static SourceRow sourceRow(long id, Row row) {
        return new SourceRow(new SourceKey(COLLECTION, List.of(new Value.Whole(id))), row, null);
    }

    private static long number(SourceKey key) {
        return ((Value.Whole) key.parts().getFirst()).value();
    }
}
