package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.contracttests.ChangesTopic;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;

/** A real PostgreSQL, a real broker, and the stage between them. */
public final class SourceBench implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    public final PostgresServer server;
    public final ChangesTopic changes;

    public SourceBench() {
        this(PostgresServer.forTest());
    }

    public SourceBench(PostgresServer server) {
        this.server = server;
        this.changes = new ChangesTopic();
        sql("CREATE EXTENSION IF NOT EXISTS vector");
    }

    @Override
    public void close() {
        changes.close();
        server.close();
    }

    public void awaitSnapshotComplete() {
        changes.await("the snapshot's end", seen -> count(Change.SnapshotComplete.class) >= 2);
    }

    public Control control(ControlKey key) {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            view.refresh();
            return view.get(key).orElse(Control.getDefaultInstance());
        }
    }

    /** The slot counts as made by a first start of the pipeline that was killed then. */
    void makeSlotOfKilledStart() {
        recordSlotOfKilledStart();
        sql("SELECT pg_create_logical_replication_slot('vectorferry_articles', 'pgoutput')");
    }

    /** A first start of the pipeline was killed after it had recorded that it makes the slot. */
    public void recordSlotOfKilledStart() {
        try (ControlPublisher control = new ControlPublisher(changes.kafka, changes.topics.control())) {
            control.publish(
                    ControlKey.capture(),
                    Control.newBuilder()
                            .setCaptureProgress(CaptureProgress.newBuilder()
                                    .setSlot("vectorferry_articles")
                                    .setOwnsSlot(true))
                            .build());
        }
    }

    /** Until a barrier that is issued now is recorded as captured. */
    void awaitBarrier(BarrierIssuer barriers) {
        awaitBarrier("recorded", barriers);
    }

    /** @param id another one than of the barrier before */
    void awaitBarrier(String id, BarrierIssuer barriers) {
        barriers.issue(new Barrier(id, 1, "", 1, 0));
        Awaitility.await("a captured barrier").atMost(PATIENCE).until(() -> control(ControlKey.capture())
                .getCaptureProgress()
                .getBarrier()
                .equals(id));
    }

    /** No parts: until there is none. */
    void awaitCaptureError(String... parts) {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            Awaitility.await("the status says " + List.of(parts))
                    .atMost(PATIENCE)
                    .until(() -> {
                        view.refresh();
                        String error = view.get(ControlKey.capture())
                                .orElse(Control.getDefaultInstance())
                                .getCaptureProgress()
                                .getError();
                        return parts.length == 0
                                ? error.isEmpty()
                                : List.of(parts).stream().allMatch(error::contains);
                    });
        }
    }

    /** The server learns an instant later that the capture has hung up. */
    public void awaitSlotFree() {
        Awaitility.await("a slot that nobody reads")
                .atMost(PATIENCE)
                .until(() -> !truth("SELECT bool_or(active) FROM pg_replication_slots"));
    }

    public void awaitKeys(String collection, int expected) {
        changes.await(
                expected + " keys",
                seen -> changes.state().keySet().stream()
                                .filter(key -> key.collection().equals(collection))
                                .count()
                        == expected);
    }

    /** The titles that a target has after the sweep of the generation, by id. */
    void awaitTitles(int generation, Map<Long, String> expected) {
        changes.await("titles " + expected, seen -> titles(generation).equals(expected));
    }

    void awaitTitles(String collection, int generation, Map<Long, String> expected) {
        changes.await("titles of " + collection + " " + expected, seen -> titles(
                        generation, key -> key.collection().equals(collection))
                .equals(expected));
    }

    Map<Long, String> titles(int generation) {
        return titles(generation, key -> true);
    }

    private Map<Long, String> titles(int generation, Predicate<SourceKey> wanted) {
        Map<Long, String> titles = new TreeMap<>();
        changes.state().forEach((SourceKey key, Change.Upsert upsert) -> {
            if (wanted.test(key)
                    && upsert.position().generation() >= generation
                    && key.parts().getFirst() instanceof Value.Whole(long id)
                    && upsert.row().field("title").orElseThrow().value() instanceof Value.Text(String title)) {
                titles.put(id, title);
            }
        });
        return titles;
    }

    long count(Class<? extends Change> kind) {
        return changes.seen.stream()
                .filter(one -> kind.isInstance(one.change()))
                .count();
    }

    public Row row(SourceKey key) {
        return Optional.ofNullable(changes.state().get(key))
                .map(Change.Upsert::row)
                .orElseThrow();
    }

    public static SourceKey key(String collection, long id) {
        return new SourceKey(collection, List.of(new Value.Whole(id)));
    }

    public static Set<SourceKey> keys(LongStream ids) {
        return ids.mapToObj(id -> key("public.t", id)).collect(Collectors.toSet());
    }

    public Source source(String table) {
        return source(server.url("postgres"), table);
    }

    /** A source that gives up on a table that cannot be captured after seconds. */
    Source hastySource(String table) {
        return sourceWith("user: postgres, tables: [%s], alterationPatience: 5s".formatted(table));
    }

    public Source source(String url, String table) {
        return source(url, "postgres", table);
    }

    public Source source(String url, String user, String table) {
        return source("url: \"%s\", user: \"%s\", tables: [%s]".formatted(url, user, table), List.of());
    }

    /** @param more settings beside the URL, such as {@code user: ferry, tables: […]} */
    Source sourceWith(String more, String... transform) {
        return source("url: \"%s\", %s".formatted(server.url("postgres"), more), List.of(transform));
    }

    static Source source(String postgres, List<String> transform) {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {postgres: {%s}}
                targets: [{name: lake, lancedb: {uri: x, table: y}}]
                transform: [%s]
                """.formatted(postgres, String.join(", ", transform)), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source =
                new PostgresSourceFactory().configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }

    /** What {@link #source(String)} is made of. */
    public PostgresConfig config(String table) {
        PipelineFile file = PipelineFile.of(
                "{url: '%s', user: postgres, tables: [%s]}".formatted(server.url("postgres"), table),
                List.of(),
                Map.of());
        PostgresConfig config = PostgresConfig.from("articles", file.root(), false);
        file.problems().throwIfAny();
        return config;
    }

    Stage stage(Source source, boolean newGeneration) {
        return source.stage(changes.kafka, changes.topics, new ProducerOptions(newGeneration));
    }

    public Running start(Source source, boolean newGeneration) {
        Stage stage = stage(source, newGeneration);
        CompletableFuture<Void> run = inBackground(stage::run);
        changes.failWith(run);
        return new Running(stage, run);
    }

    /** In a thread of its own: those of the common pool may all be waiting. */
    public static CompletableFuture<Void> inBackground(Runnable work) {
        return CompletableFuture.runAsync(work, task -> Thread.ofPlatform().start(task));
    }

    /** A stage in a thread of its own. */
    public static final class Running implements AutoCloseable {
        private final Stage stage;
        private final CompletableFuture<Void> run;
        private boolean failed;

        Running(Stage stage, CompletableFuture<Void> run) {
            this.stage = stage;
            this.run = run;
        }

        public CompletableFuture<Void> run() {
            return run;
        }

        public void assertAlive() {
            assertThat(run).isNotDone();
        }

        /** Waits for what ends it. */
        public FerryException failure() {
            Awaitility.await("the stage's end").atMost(PATIENCE).until(run::isDone);
            failed = true;
            assertThat(run.exceptionNow()).isInstanceOf(FerryException.class);
            return (FerryException) run.exceptionNow();
        }

        @Override
        public void close() {
            stage.close();
            if (!failed) {
                run.join();
            }
        }
    }

    public String text(String query) {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean truth(String query) {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As {@code psql} runs a script: one statement after the other, without comments. */
    void script(String script) {
        sql(script.replaceAll("--[^\\n]*", "").strip().split("\\s*;\\s*"));
    }

    public void sql(String... statements) {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                Statement statement = connection.createStatement()) {
            for (String one : statements) {
                statement.execute(one);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
