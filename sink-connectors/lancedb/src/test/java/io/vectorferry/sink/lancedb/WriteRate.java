package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.index.VectorIndexMaintenance;
import io.vectorferry.sink.lancedb.read.LanceDbReader;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.stores.lancedb.LanceTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures the writer alone, without Kafka: arguments are the directory, the rows, the dimension and the kind of index. */
public final class WriteRate {
    private static final Logger LOG = LoggerFactory.getLogger(WriteRate.class);
    private static final int BATCH = 10_000;

    private WriteRate() {}

    public static void main(String... arguments) throws java.io.IOException {
        Path directory = Files.createTempDirectory(Path.of(arguments[0]), "rate");
        int rows = Integer.parseInt(arguments[1]);
        int dimension = Integer.parseInt(arguments[2]);
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles")
                .withIndex(new LanceDbConfig.IndexConfig(
                        LanceDbConfig.IndexKind.valueOf(arguments[3]), Optional.empty(), Optional.of(256)));
        try (LanceDbTarget target = new LanceDbTarget("lake", config);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(0), row(0, dimension)));
            report("appended", writer, ids(rows, 0), dimension);
            report("updated", writer, random(rows / 4, rows), dimension);
            report("updated in small batches of 100", writer, random(2_000, rows), dimension, 100);
        }
        try (LanceDbTarget target = new LanceDbTarget("lake", config);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            long started = System.nanoTime();
            writer.committedOffsets();
            writer.prepare(Rows.schemaOf(Rows.key(0), row(0, dimension)));
            writer.apply(Rows.batch(1, Rows.upsert(1, row(1, dimension))));
            LOG.warn("reopened and wrote one row in {} ms", (System.nanoTime() - started) / 1_000_000);
            index(config, dimension);
            LOG.warn("resident {} MB", residentMegabytes());
        }
    }

    private static void index(LanceDbConfig config, int dimension) {
        long started = System.nanoTime();
        try (RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator);
                VectorIndexMaintenance index = new VectorIndexMaintenance(table.uri(), config, Optional::empty)) {
            index.settle(table.dataset());
        }
        LOG.warn("indexed in {} ms", (System.nanoTime() - started) / 1_000_000);
        try (RootAllocator allocator = new RootAllocator();
                LanceDbReader reader =
                        new LanceDbReader(config.tableUri(Rows.COLLECTION), config, allocator, DistanceMetric.L2)) {
            for (int i = 0; i < 3; i++) {
                VectorColumn column = row(0, dimension).vector().orElseThrow();
                Vector query = column.value().orElseThrow();
                long asked = System.nanoTime();
                List<TargetReader.Hit> near = reader.search(query, 10);
                LOG.warn("{} found in {} ms", near.size(), (System.nanoTime() - asked) / 1_000_000);
            }
        }
    }

    private static List<Long> ids(int rows, long from) {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            ids.add(from + i);
        }
        return ids;
    }

    private static List<Long> random(int count, int below) {
        Random random = new Random(1);
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ids.add(random.nextLong(below));
        }
        return ids;
    }

    private static void report(String what, TargetWriter writer, List<Long> ids, int dimension) {
        report(what, writer, ids, dimension, BATCH);
    }

    private static void report(String what, TargetWriter writer, List<Long> ids, int dimension, int batchRows) {
        long nanos = 0;
        for (int from = 0; from < ids.size(); from += batchRows) {
            List<TargetWrite> writes = new ArrayList<>();
            for (long id : ids.subList(from, Math.min(ids.size(), from + batchRows))) {
                writes.add(Rows.upsert(id, row(id, dimension)));
            }
            WriteBatch batch = WriteBatch.collapse(writes, Rows.offsets(from));
            long started = System.nanoTime();
            writer.apply(batch);
            nanos += System.nanoTime() - started;
        }
        LOG.warn(
                "{} {} rows of {} dimensions: {} rows/s, resident {} MB",
                what,
                ids.size(),
                dimension,
                ids.size() * 1_000_000_000L / Math.max(1, nanos),
                residentMegabytes());
    }

    private static Row row(long id, int dimension) {
        byte[] bytes = new byte[dimension * Float.BYTES];
        ThreadLocalRandom.current().nextBytes(bytes);
        for (int i = 3; i < bytes.length; i += 4) {
            bytes[i] = 0x3f; // finite, around 0.5 to 2
        }
        return new Row(
                new VectorColumn(
                        "embedding",
                        VectorElement.FLOAT32,
                        dimension,
                        Vector.ofBytes(VectorElement.FLOAT32, dimension, bytes)),
                List.of(
                        Rows.text("body", "text of row " + id),
                        new Field("n", FieldType.of(FieldType.Name.INT64), new Value.Whole(id))));
    }

    private static long residentMegabytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
                }
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return 0;
    }
}
