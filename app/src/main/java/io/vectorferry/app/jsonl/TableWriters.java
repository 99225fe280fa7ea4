package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** The tables that an import fills, and the rows that wait for the next batch. For one thread. */
final class TableWriters implements AutoCloseable {
    private static final int BATCH_ROWS = 5_000;

    /** An import carries none: they are those of a pipeline's topic, which the file is not. */
    private static final PartitionOffsets NO_OFFSETS = PartitionOffsets.of(Map.of());

    private final Target target;
    private final Schemas schemas;
    private final LongConsumer durable;
    private final Map<String, TargetWriter> writers = new TreeMap<>();
    private final Map<String, List<TargetWrite>> waiting = new TreeMap<>();
    private int waitingRows;
    private long seen;
    private long rejected;
    private String firstProblem = "";

    /** @param durable receives the number of rows of the file that are readable in the target */
    TableWriters(Target target, Schemas schemas, LongConsumer durable) {
        this.target = target;
        this.schemas = schemas;
        this.durable = durable;
    }

    long rejected() {
        return rejected;
    }

    String firstProblem() {
        return firstProblem;
    }

    /** @param skipped so many rows of the file are in the target already */
    void add(JsonlRow row, long skipped) {
        seen++;
        if (seen <= skipped) {
            return;
        }
        String collection = row.key().collection();
        TargetWriter writer = writers.computeIfAbsent(collection, this::prepared);
        TargetWrite.Upsert write = write(row);
        Optional<Rejection> rejection = writer.check(write);
        if (rejection.isPresent()) {
            firstProblem = rejected == 0 ? rejection.get().message() : firstProblem;
            rejected++;
        } else {
            waiting.computeIfAbsent(collection, c -> new ArrayList<>()).add(write);
            waitingRows++;
        }
        if (waitingRows >= BATCH_ROWS) {
            flush();
        }
    }

    void flush() {
        waiting.forEach((collection, writes) -> {
            TargetWriter writer = writers.computeIfAbsent(collection, this::prepared);
            writer.apply(WriteBatch.collapse(writes, NO_OFFSETS));
            writer.flush();
            writer.maintain(false);
        });
        waiting.clear();
        waitingRows = 0;
        durable.accept(seen);
    }

    @Override
    public void close() {
        writers.values().forEach(TargetWriter::close);
    }

    private TargetWriter prepared(String collection) {
        TargetWriter writer = target.writer(collection);
        writer.prepare(schemas.of(collection));
        return writer;
    }

    private TargetWrite.Upsert write(JsonlRow row) {
        Value part =
                switch (row.key().id()) {
                    case TargetKey.NumberId(long number) -> new Value.Whole(number);
                    case TargetKey.TextId(String text) -> new Value.Text(text);
                };
        TargetRecord.Upsert record = new TargetRecord.Upsert(
                new SourceKey(row.key().collection(), List.of(part)), SourcePosition.snapshot(1), 0, row.row());
        return new TargetWrite.Upsert(row.key(), record, new TargetWrite.Origin(0, seen));
    }
}
