package io.vectorferry.app.benchmark;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Snapshot of a Chroma collection, read and thrown away, and into LanceDB end to end, beside the paged {@code get} loop of
 * Chroma's own Python client; each {@code runs} times in turn. Arguments: rows, dimension, runs.
 */
public final class ChromaBenchmark {
    private static final String FILL = """
            import sys, chromadb, numpy as np
            rows, dim, random = int(sys.argv[2]), int(sys.argv[3]), np.random.default_rng(1)
            client = chromadb.HttpClient(port=int(sys.argv[1]))
            client.create_collection("nothing", embedding_function=None)
            collection = client.create_collection("articles", embedding_function=None)
            for at in range(0, rows, 1000):
                ids = range(at, min(at + 1000, rows))
                collection.add(
                    ids=[f"a{i}" for i in ids],
                    embeddings=random.standard_normal((len(ids), dim), dtype=np.float32),
                    documents=[f"article {i}, and what it says" for i in ids],
                    metadatas=[{"n": i, "score": i / 7, "flag": i % 2 == 0, "lang": "en"} for i in ids])
            """;

    /** Nothing is made of the pages. Prints seconds, CPU seconds and rows. */
    private static final String GET = """
            import sys, time, chromadb
            collection = chromadb.HttpClient(port=int(sys.argv[1])).get_collection("articles", embedding_function=None)
            started, cpu, rows = time.time(), time.process_time(), 0
            while True:
                page = collection.get(limit=1000, offset=rows, include=["embeddings", "documents", "metadatas"])
                if not page["ids"]: break
                rows += len(page["ids"])
            print(time.time() - started, time.process_time() - cpu, rows)
            """;

    private static final String NO_INDEX = "targets.0.lancedb.index.type=none";

    private final ChromaServer server;
    private final int rows;
    private final int dimension;
    private final PrintStream out;

    private ChromaBenchmark(ChromaServer server, int rows, int dimension, PrintStream out) {
        this.server = server;
        this.rows = rows;
        this.dimension = dimension;
        this.out = out;
    }

    public static void main(String... arguments) throws Exception {
        FerryProcess.prepare();
        try (ChromaServer server = ChromaServer.forTest()) {
            new ChromaBenchmark(server, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), System.out)
                    .run(Integer.parseInt(arguments[2]));
        }
    }

    private void run(int runs) throws IOException, InterruptedException {
        python(FILL, Integer.toString(rows), Integer.toString(dimension));
        List<Double> script = new ArrayList<>();
        List<Double> read = new ArrayList<>();
        List<WholeRun> ferry = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            script.add(getSeconds());
            read.add(readSeconds());
            ferry.add(ferry());
        }
        List<Double> seconds = ferry.stream().map(WholeRun::seconds).toList();
        Figures.report(out, "(a) Python, get in pages of 1,000", rows, "rows", script);
        Figures.report(out, "(b) ferry's reader, thrown away", rows, "rows", read);
        Figures.report(out, "(c) ferry run into LanceDB", rows, "rows", seconds);
        out.printf(
                Locale.ROOT,
                "(b) of (a): %.2f   (c) of (a): %.2f%n",
                Figures.median(script) / Figures.median(read),
                Figures.median(script) / Figures.median(seconds));
    }

    /** The first time in a JVM that has compiled nothing yet. */
    private double readSeconds() throws IOException {
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = pipeline(scratch, "articles");
            try (LoadedPipeline loaded = PipelineLoader.read(pipeline.file(), List.of())) {
                Source source = loaded.source();
                AtomicLong read = new AtomicLong();
                long started = System.nanoTime();
                source.reader().scan("articles", row -> read.incrementAndGet());
                double seconds = (System.nanoTime() - started) / 1e9;
                check("the reader", read.get());
                return seconds;
            }
        }
    }

    private WholeRun ferry() throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            Pipeline pipeline = pipeline(scratch, "articles");
            WholeRun whole = WholeRun.of(pipeline, NO_INDEX);
            // A second start would read the collection again, to compare.
            try (Scratch another = Scratch.create()) {
                return whole.less(WholeRun.of(pipeline(another, "nothing"), NO_INDEX));
            }
        }
    }

    private Pipeline pipeline(Scratch scratch, String collection) {
        return new Pipeline(scratch.directory(), """
                chroma:
                    url: %s
                    directory: "%s"
                    collections: [%s]""".formatted(server.url(), server.directory(), collection));
    }

    private double getSeconds() {
        String[] words = python(GET).strip().split(" ", -1);
        check("the script", Long.parseLong(words[2]));
        return Double.parseDouble(words[0]);
    }

    private void check(String what, long read) {
        if (read != rows) {
            throw new IllegalStateException("%s read %d rows".formatted(what, read));
        }
    }

    private String python(String program, String... arguments) {
        List<String> all = new ArrayList<>(List.of(Integer.toString(server.port())));
        all.addAll(List.of(arguments));
        return PythonEnvironment.chroma().run(program, all.toArray(new String[0]));
    }
}
