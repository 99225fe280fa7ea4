package io.vectorferry.app.benchmark;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.demo.Article;
import io.vectorferry.demo.Articles;
import io.vectorferry.demo.SentenceEmbedder;
import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.lancedb.LanceDbTarget;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexConfig;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexKind;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.Metric;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The vector indexes of LanceDB: how long the sink takes to build each, and what LanceDB's Python client finds of the ten nearest
 * rows when it searches without any option. Random, clustered and, of 384 dimensions, real embeddings (of pairs of the demo's
 * sentences). Arguments: rows, dimension, and how many metrics are measured, of cosine, l2 and dot.
 */
public final class IndexBenchmark {
    private static final String COLLECTION = "articles";
    private static final int BATCH = 10_000;
    private static final int ROWS_A_CLUSTER = 300;
    private static final double CLUSTER_WIDTH = 0.5;
    private static final List<Metric> METRICS = List.of(Metric.COSINE, Metric.L2, Metric.DOT);
    private static final List<IndexKind> KINDS = List.of(IndexKind.IVF_FLAT, IndexKind.IVF_SQ, IndexKind.IVF_PQ);
    private static final long BUILD_POLL_MILLIS = 20;

    /** Prints the mean overlap with the exact ten nearest, and the median milliseconds of a search; the index is gone afterwards. */
    private static final String SEARCH = """
            import sys, time, lancedb, numpy as np
            table = lancedb.connect(sys.argv[1]).open_table(sys.argv[2])
            metric, k = sys.argv[3], 10
            rows = table.to_lance().to_table(columns=["id", "embedding"])
            ids = rows["id"].to_numpy()
            vectors = rows["embedding"].combine_chunks().flatten().to_numpy().reshape(len(ids), -1)
            queries = vectors[np.random.default_rng(7).choice(len(ids), 100, replace=False)]
            products = queries @ vectors.T
            lengths = np.einsum("ij,ij->i", vectors, vectors)
            far = -products if metric == "dot" else -products / np.sqrt(lengths) if metric == "cosine" else lengths - 2 * products
            overlap, millis = [], []
            for query, distances in zip(queries, far):
                nearest = set(ids[np.argpartition(distances, k)[:k]])
                started = time.perf_counter()
                found = table.search(query, vector_column_name="embedding").select(["id"]).limit(k).to_arrow()["id"].to_pylist()
                millis.append((time.perf_counter() - started) * 1e3)
                overlap.append(len(nearest & set(found)) / k)
            print(np.mean(overlap), np.median(millis))
            table.drop_index("embedding_idx")
            """;

    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private IndexBenchmark(int rows, int dimension, PrintStream out) {
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws IOException, InterruptedException {
        int dimension = Integer.parseInt(arguments[1]);
        IndexBenchmark benchmark = new IndexBenchmark(Integer.parseInt(arguments[0]), dimension, System.out);
        List<Metric> metrics = METRICS.subList(0, Math.min(METRICS.size(), Integer.parseInt(arguments[2])));
        benchmark.run("random", metrics, benchmark.random());
        benchmark.run("clustered", metrics, benchmark.clustered());
        if (dimension == SentenceEmbedder.DIMENSION) {
            benchmark.run("real", metrics, real());
        }
    }

    private void run(String data, List<Metric> metrics, Supplier<float[]> vectors)
            throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            double written = write(scratch.directory(), vectors);
            out.printf(Locale.ROOT, "%s, %,d rows of %d: written in %.1f s%n", data, rows, dimension, written);
            for (Metric metric : metrics) {
                for (IndexKind kind : KINDS) {
                    measure(scratch.directory(), data, kind, metric);
                }
            }
        }
    }

    private Supplier<float[]> random() {
        Random random = new Random(1);
        return () -> gaussian(random, new float[dimension], 1);
    }

    /** As many clusters as hold {@value #ROWS_A_CLUSTER} rows each. */
    private Supplier<float[]> clustered() {
        Random random = new Random(2);
        List<float[]> centres = Stream.generate(() -> gaussian(random, new float[dimension], 1))
                .limit(Math.max(1, rows / ROWS_A_CLUSTER))
                .toList();
        return () -> gaussian(random, centres.get(random.nextInt(centres.size())), CLUSTER_WIDTH);
    }

    private static float[] gaussian(Random random, float[] around, double width) {
        float[] vector = new float[around.length];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (around[i] + random.nextGaussian() * width);
        }
        return vector;
    }

    /** Embeddings of texts of two sentences each, by the demo's model: about 100 a second. */
    private static Supplier<float[]> real() {
        Random random = new Random(3);
        List<Article> articles = Articles.all();
        SentenceEmbedder embedder = new SentenceEmbedder();
        Supplier<String> sentence =
                () -> articles.get(random.nextInt(articles.size())).body();
        return () -> embedder.embed(sentence.get() + " " + sentence.get());
    }

    private LanceDbConfig config(Path directory, IndexKind kind, Metric metric) {
        return LanceDbConfig.of(directory.toString(), COLLECTION)
                .withIndex(new IndexConfig(kind, Optional.of(metric), Optional.of(BATCH)));
    }

    private double write(Path directory, Supplier<float[]> vectors) {
        long nanos = 0;
        try (LanceDbTarget target = new LanceDbTarget("lake", config(directory, IndexKind.NONE, Metric.L2));
                TargetWriter writer = target.writer(COLLECTION)) {
            writer.prepare(new TargetSchema(
                    COLLECTION,
                    TargetSchema.IdKind.NUMBER,
                    new TargetSchema.VectorShape("embedding", VectorElement.FLOAT32, dimension),
                    Map.of()));
            for (int first = 0; first < rows; first += BATCH) {
                List<TargetWrite> writes = new ArrayList<>();
                for (int id = first; id < Math.min(rows, first + BATCH); id++) {
                    writes.add(upsert(id, Vector.ofFloats(vectors.get())));
                }
                WriteBatch batch = WriteBatch.collapse(writes, PartitionOffsets.of(Map.of(0, (long) first)));
                long started = System.nanoTime();
                writer.apply(batch);
                nanos += System.nanoTime() - started;
            }
        }
        return nanos / 1e9;
    }

    private TargetWrite upsert(long id, Vector vector) {
        Row row = new Row(new VectorColumn("embedding", VectorElement.FLOAT32, dimension, vector), List.of());
        return new TargetWrite.Upsert(
                new TargetKey(COLLECTION, new TargetKey.NumberId(id)),
                new TargetRecord.Upsert(new SourceKey(COLLECTION, List.of()), SourcePosition.snapshot(1), 0, row),
                new TargetWrite.Origin(0, id));
    }

    private void measure(Path directory, String data, IndexKind kind, Metric metric)
            throws IOException, InterruptedException {
        double cpu = cpuSeconds();
        double seconds;
        try (LanceDbTarget target = new LanceDbTarget("lake", config(directory, kind, metric));
                TargetWriter writer = target.writer(COLLECTION);
                TargetReader reader = target.reader(COLLECTION)) {
            long started = System.nanoTime();
            writer.settle();
            while (reader.vectorIndex().isEmpty()) {
                Thread.sleep(BUILD_POLL_MILLIS);
            }
            seconds = (System.nanoTime() - started) / 1e9;
        }
        cpu = cpuSeconds() - cpu;
        Path indexes = directory.resolve(COLLECTION + ".lance").resolve("_indices");
        long megabytes = size(indexes) >> 20;
        String label = metric.name().toLowerCase(Locale.ROOT);
        String[] found = PythonEnvironment.lancedb()
                .run(SEARCH, directory.toString(), COLLECTION, label)
                .strip()
                .lines()
                .toList()
                .getLast()
                .split(" ", -1);
        out.printf(
                Locale.ROOT,
                "  %-10s %-7s %-12s built in %5.1f s, %5.1f s of CPU, %,6d MB; overlap %.3f; %.1f ms a search%n",
                data,
                label,
                kind,
                seconds,
                cpu,
                megabytes,
                Double.parseDouble(found[0]),
                Double.parseDouble(found[1]));
        Directories.delete(indexes);
    }

    /** Of this process, Lance's own threads included: what a busy machine does not change much. */
    private static double cpuSeconds() {
        return ProcessHandle.current()
                        .info()
                        .totalCpuDuration()
                        .orElse(Duration.ZERO)
                        .toMillis()
                / 1e3;
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
