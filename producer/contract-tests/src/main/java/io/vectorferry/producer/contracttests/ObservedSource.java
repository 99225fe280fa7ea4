package io.vectorferry.producer.contracttests;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A source whose rows a test changes, and what has come of it on {@code changes}. */
public final class ObservedSource implements AutoCloseable {
    public final ChangesTopic changes;
    private final SourceFactory factory;
    private final Path data;
    private final String settings;

    /** @param settings the source's own, as in pipeline.yaml, in one line */
    public ObservedSource(Path directory, SourceFactory factory, String settings) {
        this.changes = new ChangesTopic();
        this.factory = factory;
        this.data = directory.resolve("data");
        this.settings = settings;
    }

    /** Returns the directory in which the source remembers what it has published. */
    public Path data() {
        return data;
    }

    /** @param more settings, each with a comma before it */
    public Source source(String more) {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {%s: {%s%s}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                data.dir: %s
                """.formatted(factory.kind(), settings, more, data), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source = factory.configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }

    /** Runs the source's stage until it is closed. */
    public Running run(String more) {
        return run(more, false);
    }

    public Running run(String more, boolean newGeneration) {
        Source source = source(more);
        Running running =
                new Running(() -> source.stage(changes.kafka, changes.topics, new ProducerOptions(newGeneration)));
        changes.failWith(running.run());
        return running;
    }

    public void awaitSize(String collection, int size) {
        changes.await(size + " rows of " + collection, seen -> live(collection).size() == size);
    }

    public void awaitComplete(String collection, int generation) {
        changes.await(
                "generation %d of %s".formatted(generation, collection),
                seen -> seen.stream()
                                .filter(one -> one.change().equals(new Change.SnapshotComplete(collection, generation)))
                                .count()
                        == changes.topics.changes().partitions());
    }

    /** Returns what a target would hold under each key's text: a complete generation sweeps what it did not show. */
    public Map<String, Row> live(String collection) {
        int swept = changes.seen.stream()
                .mapToInt(one -> one.change() instanceof Change.SnapshotComplete complete
                                && complete.collection().equals(collection)
                        ? complete.generation()
                        : 0)
                .max()
                .orElse(0);
        return changes.state().entrySet().stream()
                .filter(one -> one.getKey().collection().equals(collection))
                .filter(one -> one.getValue().position().isAfter(SourcePosition.snapshot(swept)))
                .collect(Collectors.toMap(
                        one -> text(one.getKey()), one -> one.getValue().row(), (a, b) -> b, TreeMap::new));
    }

    private static String text(SourceKey key) {
        return switch (key.parts().getFirst()) {
            case Value.Text(String text) -> text;
            case Value.Whole(long number) -> Long.toString(number);
            case Value other -> throw new AssertionError("no key of one part: " + other);
        };
    }

    /** Returns how many changes of rows have come so far. */
    public long published() {
        return changes.seen.stream().filter(one -> one.key() != null).count();
    }

    /** Waits until the status shows an error with this text. */
    public void awaitError(String text) {
        Awaitility.await("the error " + text).atMost(Duration.ofSeconds(60)).until(() -> error().contains(text));
    }

    public String error() {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            view.refresh();
            return view.get(ControlKey.capture())
                    .map(control -> control.getCaptureProgress().getError())
                    .orElse("");
        }
    }

    public ControlPublisher control() {
        return new ControlPublisher(changes.kafka, changes.topics.control());
    }

    @Override
    public void close() {
        changes.close();
    }

    /** A stage at work, and another one in its place when it ends with an error that may pass, as in a pipeline. */
    public static final class Running implements AutoCloseable {
        private static final Duration PAUSE = Duration.ofMillis(200);

        private final Supplier<Stage> stages;
        private final CountDownLatch closing = new CountDownLatch(1);
        private final AtomicReference<@Nullable Stage> current = new AtomicReference<>();
        private final CompletableFuture<Void> run;

        Running(Supplier<Stage> stages) {
            this.stages = stages;
            this.run = CompletableFuture.runAsync(this::supervise, Thread.ofPlatform()::start);
        }

        private void supervise() {
            try {
                while (closing.getCount() > 0) {
                    Stage stage = stages.get();
                    current.set(stage);
                    if (closing.getCount() > 0) {
                        runOnce(stage);
                    }
                    boolean unused = closing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static void runOnce(Stage stage) {
            try {
                stage.run();
            } catch (FerryException e) {
                if (e.kind() != FerryException.Kind.RETRYABLE) {
                    throw e;
                }
            }
        }

        /** Returns the end of the stage, which is an error of which a person must know. */
        public CompletableFuture<Void> run() {
            return run;
        }

        public void assertAlive() {
            assertThat(run).isNotDone();
        }

        @Override
        public void close() {
            closing.countDown();
            Stage stage = current.get();
            if (stage != null) {
                stage.close();
            }
            run.join();
        }
    }
}
