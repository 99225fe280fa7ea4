package io.vectorferry.app.benchmark;

import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Rows in memory into a Chroma collection by ferry's writer, in the sink's batches, beside the upsert loop of Chroma's own Python client
 * with rows in memory; each {@code runs} times in turn into a collection of its own. Arguments: rows, dimension, runs.
 */
public final class ChromaTargetBenchmark {
    /** As the sink collects them. */
    private static final int BATCH_ROWS = 10_000;

    private static final String UPSERT = """
        import sys, time, chromadb, numpy as np
        port, name, rows, dim, step = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
        collection = chromadb.HttpClient(port=port).create_collection(name, embedding_function=None, metadata={"hnsw:space": "l2"})
        vectors = np.random.default_rng(1).standard_normal((rows, dim), dtype=np.float32)
        started, cpu = time.time(), time.process_time()
        for at in range(0, rows, step):
            ids = range(at, min(at + step, rows))
            collection.upsert(
                ids=[str(i) for i in ids],
                embeddings=vectors[at:at + step],
                documents=[f"article {i}, and what it says" for i in ids],
                metadatas=[{"n": i, "score": i / 7, "flag": i % 2 == 0, "lang": "en"} for i in ids])
        print(time.time() - started, time.process_time() - cpu, collection.count())
        """;

    private final ChromaServer server;
    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private ChromaTargetBenchmark(ChromaServer server, int rows, int dimension, PrintStream out) {
        this.server = server;
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        try (ChromaServer server = ChromaServer.forTest()) {
            new ChromaTargetBenchmark(
                            server, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), System.out)
                    .run(Integer.parseInt(arguments[2]));
        }
    }

    private void run(int runs) throws IOException {
        List<Double> thousands = new ArrayList<>();
        List<Double> largest = new ArrayList<>();
        List<Double> ferry = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            thousands.add(script("script_" + run, 1_000));
            ferry.add(ferry("ferry_" + run));
            largest.add(script("large_" + run, 5_461));
        }
        Figures.report(out, "(a) Python, upserts of 1,000", rows, "rows", thousands);
        Figures.report(out, "(b) Python, upserts of 5,461", rows, "rows", largest);
        Figures.report(out, "(c) ferry's writer", rows, "rows", ferry);
        out.printf(
                Locale.ROOT,
                "(c) of (a): %.2f   (c) of (b): %.2f%n",
                Figures.median(thousands) / Figures.median(ferry),
                Figures.median(largest) / Figures.median(ferry));
    }

    private double script(String collection, int step) {
        String[] words = PythonEnvironment.chroma()
                .run(
                        UPSERT,
                        Integer.toString(server.port()),
                        collection,
                        Integer.toString(rows),
                        Integer.toString(dimension),
                        Integer.toString(step))
                .strip()
                .split(" ", -1);
        check("the script", Long.parseLong(words[2]));
        return Double.parseDouble(words[0]);
    }

    private double ferry(String collection) throws IOException {
        List<TargetWrite> writes = writes();
        try (Scratch scratch = Scratch.create();
                LoadedPipeline loaded = PipelineLoader.read(pipeline(scratch), List.of())) {
            Target target = loaded.targets().getFirst();
            try (TargetWriter writer = target.writer(collection)) {
                long started = System.nanoTime();
                writer.prepare(schema(
                        collection,
                        ((TargetWrite.Upsert) writes.getFirst()).record().row()));
                for (int from = 0; from < rows; from += BATCH_ROWS) {
                    writer.apply(new WriteBatch(
                            writes.subList(from, Math.min(rows, from + BATCH_ROWS)), PartitionOffsets.of(Map.of())));
                }
                writer.flush();
                double seconds = (System.nanoTime() - started) / 1e9;
                check("ferry", target.reader(collection).count());
                return seconds;
            }
        }
    }

    private Path pipeline(Scratch scratch) throws IOException {
        return Files.writeString(
                scratch.directory().resolve("pipeline.yaml"), """
                    pipeline: articles
                    source:
                      chroma: {url: "%s", collections: [nothing]}
                    targets:
                      - name: vectors
                        chroma: {url: "%s", space: l2, collection: "${collection}_copy"}
                    data.dir: ./ferry-data
                    """.formatted(server.url(), server.url()));
    }

    private static TargetSchema schema(String collection, Row row) {
        Map<String, FieldType> fields = new LinkedHashMap<>();
        row.fields().forEach(field -> fields.put(field.name(), field.type()));
        VectorColumn vector = row.vector().orElseThrow();
        return new TargetSchema(
                collection,
                TargetSchema.IdKind.NUMBER,
                new TargetSchema.VectorShape(vector.name(), vector.element(), vector.dimension()),
                fields);
    }

    private List<TargetWrite> writes() {
        Random random = new Random(1);
        List<TargetWrite> writes = new ArrayList<>(rows);
        for (int i = 0; i < rows; i++) {
            float[] floats = new float[dimension];
            for (int at = 0; at < dimension; at++) {
                floats[at] = (float) random.nextGaussian();
            }
            Row row = new Row(
                    new VectorColumn("embedding", VectorElement.FLOAT32, dimension, Vector.ofFloats(floats)),
                    List.of(
                            field(
                                    "document",
                                    FieldType.Name.TEXT,
                                    new Value.Text("article " + i + ", and what it says")),
                            field("n", FieldType.Name.INT64, new Value.Whole(i)),
                            field("score", FieldType.Name.REAL64, new Value.Real64(i / 7.0)),
                            field("flag", FieldType.Name.BOOL, new Value.Bool(i % 2 == 0)),
                            field("lang", FieldType.Name.TEXT, new Value.Text("en"))));
            writes.add(new TargetWrite.Upsert(
                    new TargetKey("articles", new TargetKey.NumberId(i)),
                    new TargetRecord.Upsert(new SourceKey("articles", List.of()), SourcePosition.snapshot(1), 0, row),
                    new TargetWrite.Origin(0, i)));
        }
        return writes;
    }

    private static Field field(String name, FieldType.Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }

    private void check(String what, long written) {
        if (written != rows) {
            throw new IllegalStateException("%s wrote %d rows".formatted(what, written));
        }
    }
}
