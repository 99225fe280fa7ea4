package io.vectorferry.sink.connect;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.connect.reading.NumberColumns;
import io.vectorferry.sink.connect.reading.RecordIntent;
import io.vectorferry.sink.runner.BatchIsolation;
import io.vectorferry.sink.runner.SchemaTracker;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** One table: what waits to be applied to it, at most one change a key, and its writer. For one thread. */
public final class TableSink implements AutoCloseable {
    /** Deletions of a TRUNCATE per commit: ids that are in memory together. */
    private static final int DELETES_AT_ONCE = 50_000;

    private final Target target;
    private final String table;
    private final TargetWriter writer;
    private final SchemaTracker schema;
    private final NumberColumns numbers;
    private final ErrantRows rejects;
    private final BatchIsolation batches;
    private final WaitingChanges waiting = new WaitingChanges();
    /** Columns that cannot become float64 without rounding: asked once. */
    private final Set<String> staysWhole = new HashSet<>();

    private PartitionOffsets committed;
    private @Nullable TargetSchema unprepared;
    /** Kept while it fails: a writer resumes a batch that it knows. */
    private @Nullable WriteBatch unfinished;

    TableSink(Target target, String table, ErrantRows rejects) {
        this.target = target;
        this.table = table;
        this.rejects = rejects;
        this.writer = target.writer(table);
        this.batches = new BatchIsolation(writer::apply, this::refused);
        this.schema = new SchemaTracker(writer::dimensionOf, writer::filledWith);
        this.numbers = new NumberColumns(schema);
        this.committed = writer.committedOffsets().orElse(PartitionOffsets.of(Map.of()));
    }

    PartitionOffsets committed() {
        return committed;
    }

    /** Takes a change unless the table has it already, something newer waits, or the table cannot hold it. */
    public void add(SinkRecord record, RecordIntent.OfRow change) {
        Long applied = committed.next().get(record.originalKafkaPartition());
        if ((applied != null && record.originalKafkaOffset() < applied) || waiting.isStale(change)) {
            return;
        }
        unfinished = null;
        switch (change) {
            case RecordIntent.Delete delete -> waiting.put(record, delete);
            case RecordIntent.Upsert upsert ->
                waiting.completed(upsert)
                        .ifPresentOrElse(completed -> addUpsert(record, completed), () -> rejectHole(record));
        }
    }

    private void addUpsert(SinkRecord record, RecordIntent.Upsert upsert) {
        if (upsert.row().isComplete()) {
            held(record, upsert).ifPresent(held -> waiting.put(record, held));
        } else {
            waiting.put(record, upsert);
        }
    }

    /** Returns the row as the table can hold it; empty if it cannot, and then the record is reported. */
    private Optional<RecordIntent.Upsert> held(SinkRecord record, RecordIntent.Upsert whole) {
        RecordIntent.Upsert came = whole.of(target.held(whole.row().row()));
        grow(came);
        for (String column : numbers.tooNarrow(came.row().row())) {
            if (!staysWhole.contains(column)) {
                prepareGrown();
                makeReal(column);
            }
        }
        RecordIntent.Upsert upsert = came.of(numbers.fitted(came.row().row()));
        grow(upsert);
        prepareGrown();
        Optional<Rejection> rejection = writer.check(write(record, upsert));
        rejection.ifPresent(why -> rejects.report(record, why.type(), why.message()));
        return rejection.isPresent() ? Optional.empty() : Optional.of(upsert);
    }

    private void makeReal(String column) {
        boolean exact = waiting.rows().allMatch(row -> NumberColumns.isExact(row, column));
        if (exact && writer.canBecomeReal(column)) {
            unprepared = schema.retyped(column, NumberColumns.REAL);
            waiting.replaceRows(numbers::fitted);
        } else {
            staysWhole.add(column);
        }
    }

    private void grow(RecordIntent.Upsert upsert) {
        schema.grownBy(keyOf(upsert), upsert.row().row()).ifPresent(grown -> unprepared = grown);
    }

    private void prepareGrown() {
        TargetSchema grown = unprepared;
        if (grown != null) {
            writer.prepare(grown);
            unprepared = null;
        }
    }

    private void rejectHole(SinkRecord record) {
        rejects.report(
                record,
                ErrorType.SCHEMA,
                "the update lacks values that the source's log omits, and the target has no row to take them from; run ALTER TABLE … REPLICA IDENTITY FULL at the source, or take a snapshot first");
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    public int size() {
        return waiting.size();
    }

    /** Applies all that waits; when it returns, it is durable and readable. */
    void flush(PartitionOffsets offsets) {
        if (waiting.isEmpty()) {
            return;
        }
        if (unfinished == null) {
            prepareGrown(); // after a failure: rows that wait may need it
            fillHoles();
            unfinished = new WriteBatch(writes(), offsets);
        }
        if (writer.exists()) {
            var unused = batches.apply(unfinished, committed);
            writer.flush();
            committed = committed.advancedBy(offsets);
        }
        unfinished = null;
        waiting.clear();
    }

    /** One read for all that the log left out of the rows that wait. */
    private void fillHoles() {
        List<WaitingChanges.Waiting> holes = waiting.incomplete();
        if (holes.isEmpty()) {
            return;
        }
        try (var reader = target.reader(table)) {
            Map<TargetKey.Id, Row> stored =
                    reader.fetch(holes.stream().map(hole -> hole.change().id()).toList());
            for (WaitingChanges.Waiting hole : holes) {
                fill(hole, Optional.ofNullable(stored.get(hole.change().id())));
            }
        }
    }

    /** It stays among those that wait until it is filled or reported, since either may fail. */
    private void fill(WaitingChanges.Waiting hole, Optional<Row> stored) {
        SinkRecord record = hole.record();
        Optional<RecordIntent.Upsert> filled = waiting.filled(hole, stored);
        if (filled.isEmpty()) {
            rejectHole(record);
        }
        filled.flatMap(upsert -> held(record, upsert))
                .ifPresentOrElse(
                        held -> waiting.put(record, held),
                        () -> waiting.remove(hole.change().id()));
    }

    private List<TargetWrite> writes() {
        List<TargetWrite> writes = new ArrayList<>(waiting.size());
        waiting.forEach(each -> writes.add(write(each.record(), each.change())));
        return writes;
    }

    private TargetWrite write(SinkRecord record, RecordIntent.OfRow change) {
        var origin = new TargetWrite.Origin(record.originalKafkaPartition(), record.originalKafkaOffset());
        return switch (change) {
            case RecordIntent.Delete delete -> new TargetWrite.Delete(keyOf(delete), origin);
            case RecordIntent.Upsert upsert ->
                new TargetWrite.Upsert(
                        keyOf(upsert),
                        new TargetRecord.Upsert(
                                new SourceKey(table, List.of()),
                                SourcePosition.snapshot(0),
                                0,
                                upsert.row().row()),
                        origin);
        };
    }

    private TargetKey keyOf(RecordIntent.OfRow change) {
        return new TargetKey(table, change.id());
    }

    private List<TargetWrite> refused(TargetWrite write, FerryException why) {
        rejects.report(waiting.recordOf(write.key().id()), why.errorType(), String.valueOf(why.getMessage()));
        return List.of();
    }

    /** Deletes every row, of which it reads the ids alone; what waited is older and is gone with them. */
    void truncate() {
        unfinished = null;
        waiting.clear();
        if (!writer.exists()) {
            return;
        }
        TargetWrite.Origin origin = new TargetWrite.Origin(0, 0);
        List<TargetWrite> deletes = new ArrayList<>();
        try (var reader = target.reader(table)) {
            reader.scanIds(id -> {
                deletes.add(new TargetWrite.Delete(new TargetKey(table, id), origin));
                if (deletes.size() == DELETES_AT_ONCE) {
                    delete(deletes);
                }
            });
        }
        delete(deletes);
        writer.flush();
    }

    private void delete(List<TargetWrite> deletes) {
        writer.apply(new WriteBatch(deletes, committed));
        deletes.clear();
    }

    /** Forgets what came from partitions that are another's now. */
    void forget(java.util.function.Predicate<SinkRecord> gone) {
        unfinished = null;
        waiting.removeIf(gone);
    }

    void maintain(boolean caughtUp) {
        writer.maintain(caughtUp);
    }

    @Override
    public void close() {
        writer.close();
    }
}
