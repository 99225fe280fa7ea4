package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DocumentCapture;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.producer.contracttests.ChangesTopic;
import io.vectorferry.producer.mongo.capture.DocumentStage;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.documents.Reference;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.awaitility.Awaitility;
import org.bson.BsonArray;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The documents' side as it runs, on mongo-java-server: a stand-in for MongoDB, whose own answers a test puts in where it lacks them. */
@Timeout(120)
class DocumentStageStandInTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final DocumentJoin JOIN = new DocumentJoin(
            "docs", "indexes[].dataId", Optional.of(DocumentJoin.KeyKind.INTEGER), DocumentJoin.Sides.TWO_SOURCES);

    private final MongoServer server = MongoServer.start();
    private final ChangesTopic changes;
    private final MongoConfig config = new MongoConfig(
            server.uri(),
            MongoServer.DATABASE,
            "docs",
            Reference.Path.parse(JOIN.references()),
            List.of("q", "expireAt", "tags", "pages", "score"),
            "vector_id_mappings",
            "datasetId");

    DocumentStageStandInTest() {
        changes = new ChangesTopic();
    }

    @AfterEach
    void stop() {
        changes.close();
        server.close();
    }

    @Test
    void aDocumentThatNoTargetCanHoldIsADeadLetterAndStopsNothingBehindIt() {
        insert("{_id: 1, indexes: [{dataId: 11.0}]}");
        insert(withExtremeDate(2));
        insert("{_id: 3, q: 'ok', indexes: {dataId: '13'}}");
        try (Running running = run(false)) {
            awaitReferences(1, "11");
            awaitReferences(3, "13");
            insert(withExtremeDate(4));
            server.collection("docs").deleteOne(Filters.eq("_id", 4));
            server.collection("docs")
                    .updateOne(Filters.eq("_id", 1), Updates.set("expireAt", new BsonDateTime(Long.MAX_VALUE)));
            insert("{_id: 5, q: 'behind', indexes: [{dataId: '15'}]}");
            awaitReferences(5, "15");
            running.assertAlive();
        }
        // A server that does not tell its time is asked for what the snapshot has read too.
        assertThat(Set.copyOf(changes.deadLetters())).containsExactlyInAnyOrder(key(2), key(4), key(1));
    }

    @Test
    void aServerThatStaysConnectedAndSaysNothingIsNamedAndGivenUpAfterTheTimeOfTheUri() {
        PendingAnswers awaited = new PendingAnswers();
        try (HoldingProxy proxy = HoldingProxy.to(URI.create(server.uri()).getPort());
                MongoClient client = through(proxy, 40_000).open(awaited)) {
            MongoDatabase database = client.getDatabase(config.database());
            BsonDocument ping = new BsonDocument("ping", new BsonInt32(1));
            assertThat(database.runCommand(ping)).isNotNull();
            proxy.holdEverything();
            CompletableFuture<Object> asked = CompletableFuture.supplyAsync(
                    () -> database.runCommand(ping), task -> Thread.ofPlatform().start(task));
            Awaitility.await("it is named").atMost(PATIENCE).until(() -> awaited.text()
                    .startsWith("has waited for the response to ping of MongoDB at 127.0.0.1:" + proxy.port()));
            assertThatThrownBy(() -> asked.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(MongoException.class);
        }
    }

    private MongoConfig through(HoldingProxy proxy, int timeoutMillis) {
        return new MongoConfig(
                "mongodb://127.0.0.1:%d/?socketTimeoutMS=%d".formatted(proxy.port(), timeoutMillis),
                config.database(),
                config.collection(),
                config.references(),
                config.fields(),
                config.mappings(),
                config.dataset());
    }

    @Test
    void aServerThatFallsSilentFailsTheStageWithItsReasonInTheStatus() {
        insert("{_id: 1, indexes: [{dataId: '11'}]}");
        try (HoldingProxy proxy = HoldingProxy.to(URI.create(server.uri()).getPort())) {
            Stage stage = new Stage(changes.topics, false);
            stage.from = through(proxy, 3_000);
            CompletableFuture<Void> run = stage.start().run();
            awaitReferences(1, "11");
            proxy.holdEverything();
            Awaitility.await("the end of the stage").atMost(PATIENCE).until(run::isDone);
            assertThatThrownBy(run::join).cause().isInstanceOfSatisfying(FerryException.class, e -> {
                assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
                assertThat(error()).contains("MongoDB").contains(e.getMessage());
            });
        }
        insert("{_id: 2, indexes: [{dataId: '12'}]}");
        try (Running running = run(false)) {
            awaitReferences(2, "12");
            running.assertAlive();
            assertThat(error()).isEmpty();
        }
    }

    @Test
    void numbersOfBothKindsAndEmptyArraysAreWhatTheOthersAre() {
        insert("{_id: 1, tags: [], pages: [], score: 1, indexes: [{dataId: '1'}]}");
        insert("{_id: 2, tags: ['a'], pages: [7, 8], score: 0.95, indexes: [{dataId: '2'}]}");
        insert("{_id: 3, tags: ['a', null], pages: [9], score: 2, indexes: [{dataId: '3'}]}");
        try (Running running = run(false)) {
            awaitReferences(3, "3");
            insert("{_id: 4, tags: [], pages: [], score: 4, indexes: [{dataId: '4'}]}");
            awaitReferences(4, "4");
            running.assertAlive();
        }
        try (Running running = run(false)) { // the types are those of the generation
            insert("{_id: 5, tags: [], pages: [], score: 5, indexes: [{dataId: '5'}]}");
            awaitReferences(5, "5");
            running.assertAlive();
        }
        for (int id : List.of(1, 2, 3, 4, 5)) {
            assertThat(type(id, "score")).isEqualTo("REAL64");
            assertThat(type(id, "tags")).isEqualTo("TEXT[]");
            assertThat(type(id, "pages")).isEqualTo("INT64[]");
        }
        assertThat(changes.deadLetters()).isEmpty();
    }

    /** A kill after each record of {@code control} that a start with a new generation writes; then a plain start. */
    @Test
    void aNewGenerationThatIsKilledAtAnyPointSkipsNoChange() {
        insert("{_id: 1, q: 'old', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitReferences(1, "1");
            running.assertAlive();
        }
        insert("{_id: 2, q: 'unseen', indexes: [{dataId: '2'}]}");
        int inserted = now();
        Awaitility.await("a later second").atMost(PATIENCE).until(() -> now() > inserted + 1);
        server.standIn.operationSeconds = now();
        List<ControlRecord> before = control(changes.topics);
        try (Running running = run(true)) {
            awaitSnapshot(2);
            running.assertAlive();
        }
        List<ControlRecord> after = control(changes.topics);
        assertThat(after).hasSizeGreaterThan(before.size());

        for (int written = before.size(); written <= after.size(); written++) {
            Topics killed = Topics.of("killed-" + written, 2);
            provision(killed, after.subList(0, written));
            boolean isRead = progress(killed).getSnapshotProgress().getRowsDone() == 2;
            try (Running running = new Stage(killed, false).start()) {
                if (!isRead) {
                    awaitPublished(killed, key(2));
                }
                running.assertAlive();
            }
        }
    }

    /** It recorded the place, the last `_id`, and that all are read in fields of other things. */
    @Test
    void whatVersion01HasRecordedIsContinued() {
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitSnapshot(1);
            insert("{_id: 2, q: 'two', indexes: [{dataId: '2'}]}");
            awaitReferences(2, "2");
            running.assertAlive();
        }
        insert("{_id: 3, q: 'three', indexes: [{dataId: '3'}]}");
        List<ControlRecord> earlier = control(changes.topics).stream()
                .map(ControlRecord::asVersion01WroteIt)
                .toList();
        assertThat(earlier)
                .anyMatch(one -> one.control().getCaptureProgress().getPlace() > 0)
                .anyMatch(one ->
                        one.control().getSnapshotProgress().getTableVersion().equals("read"));

        Topics read = Topics.of("read", 2);
        provision(read, earlier);
        try (Running running = new Stage(read, false).start()) {
            awaitPublished(read, key(3));
            running.assertAlive();
        }
        assertThat(progress(read).getSnapshotProgress().getUpdatedMicros())
                .as("the snapshot is not touched")
                .isEqualTo(progress(changes.topics).getSnapshotProgress().getUpdatedMicros());

        Topics half = Topics.of("half", 2);
        provision(
                half,
                earlier.stream()
                        .takeWhile(one -> !one.control()
                                .getSnapshotProgress()
                                .getTableVersion()
                                .equals("read"))
                        .toList());
        try (Running running = new Stage(half, false).start()) {
            Awaitility.await("the rest is read")
                    .atMost(PATIENCE)
                    .until(() -> progress(half).getSnapshotProgress().getDocumentsRead());
            running.assertAlive();
        }
        assertThat(progress(half).getSnapshotProgress().getRowsDone())
                .as("the first was read before")
                .isEqualTo(3);
    }

    @Test
    void aServerThatWasRestoredToAnEarlierStateStopsTheProducerWithTheRemedy() {
        server.standIn.operationSeconds = now() + 100;
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitSnapshot(1);
            running.assertAlive();
        }
        server.standIn.operationSeconds = now() - 1_000;
        assertStops("restored to an earlier state");

        server.standIn.operationSeconds = now() + 200; // the old server is back
        try (Running running = run(false)) {
            Awaitility.await("the error is withdrawn").atMost(PATIENCE).until(() -> error().isEmpty());
            running.assertAlive();
        }
    }

    @Test
    void aCollectionThatWasMadeAnewWhileTheProducerWasAwayStopsItUntilANewGenerationIsAskedFor() {
        server.standIn.collectionUuid = UUID.randomUUID();
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitSnapshot(1);
            running.assertAlive();
        }
        server.standIn.collectionUuid = UUID.randomUUID();
        assertStops("dropped and created again");

        try (Running running = run(true)) {
            awaitSnapshot(2);
            running.assertAlive();
        }
        assertThat(error()).isEmpty();
    }

    @Test
    void aReplicaSetThatWasSetUpAnewStopsTheProducer() {
        server.standIn.term = 7L;
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitSnapshot(1);
            running.assertAlive();
        }
        server.standIn.term = 8L; // an election
        try (Running running = run(false)) {
            insert("{_id: 2, q: 'two', indexes: [{dataId: '2'}]}");
            awaitReferences(2, "2");
            running.assertAlive();
        }
        server.standIn.term = 2L;
        assertStops("election term decreased from 8 to 2");
    }

    /** As by a primary that is shutting down, a node that recovers, one that is starting, and one that asks for more rights. */
    @Test
    void aServerThatDoesNotSayWhichItIsIsAskedAgainAndWhatItSaidStaysRecorded() {
        server.standIn.term = 7L;
        server.standIn.collectionUuid = UUID.randomUUID();
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        try (Running running = run(false)) {
            awaitSnapshot(1);
            running.assertAlive();
        }
        String identity = progress(changes.topics).getSnapshotProgress().getSourceIdentity();
        assertThat(identity).contains("rs0", String.valueOf(server.standIn.collectionUuid));

        server.standIn.failing.put("hello", new MongoServerError(91, "ShutdownInProgress", "shutting down"));
        assertEndsForNow("shutting down");
        server.standIn.failing.clear();
        server.standIn.failing.put(
                "listcollections", new MongoServerError(13436, "NotPrimaryOrSecondary", "in recovery"));
        assertEndsForNow("in recovery");
        server.standIn.failing.put("listcollections", new MongoServerError(13, "Unauthorized", "not for you"));
        assertEndsForNow("the UUID of the collection", "role read");
        server.standIn.failing.clear();
        server.standIn.replicaSet = null;
        assertEndsForNow("the name of its replica set");
        assertThat(progress(changes.topics).getSnapshotProgress().getSourceIdentity())
                .isEqualTo(identity);

        server.standIn.replicaSet = "rs0";
        try (Running running = run(false)) {
            insert("{_id: 2, q: 'two', indexes: [{dataId: '2'}]}");
            awaitReferences(2, "2");
            running.assertAlive();
        }
        server.collection("docs").drop();
        assertStops("the collection no longer exists");
    }

    private void assertEndsForNow(String... why) {
        assertThat(run(false).run())
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withCauseInstanceOf(FerryException.class)
                .satisfies(e -> assertThat(((FerryException) Objects.requireNonNull(e.getCause())).kind())
                        .as(e.toString())
                        .isEqualTo(FerryException.Kind.RETRYABLE));
        assertThat(error()).contains(why);
    }

    @Test
    void aChangeThatIsTooLargeIsReportedAndNotAskedForAgain() {
        insert("{_id: 1, q: 'one', indexes: [{dataId: '1'}]}");
        server.standIn.tooLarge = true;

        FerryException e = assertStops("larger than the 16 MB");

        assertThat(e.remedy()).contains("source.mongo.fields", "--new-generation");
        assertThat(server.standIn.changeStreams).hasSize(1);
    }

    @Test
    void anErrorInTheProducerIsInItsStatus() {
        Stage stage = new Stage(changes.topics, false);
        stage.onTypes = types -> {
            throw new StackOverflowError();
        };
        CompletableFuture<Void> run = CompletableFuture.runAsync(stage.stage()::run, Thread.ofPlatform()::start);
        Awaitility.await("the end").atMost(PATIENCE).until(run::isDone);
        assertThat(error()).contains("StackOverflowError");
    }

    @Test
    void whateverFailsInTheProducerIsInTheStatusAndQuotesNoDocument() {
        assertFails(
                () -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                FerryException.Kind.MISCONFIGURED,
                "java.lang.OutOfMemoryError: Java heap space");
        assertFails(
                () -> {
                    throw new IllegalStateException("quotes a document");
                },
                FerryException.Kind.RETRYABLE,
                "java.lang.IllegalStateException");
        assertFails(() -> Thread.currentThread().interrupt(), FerryException.Kind.RETRYABLE, "");
        insert("{_id: 1, indexes: [{dataId: '11'}]}");
        try (Running running = run(false)) {
            awaitReferences(1, "11");
            running.assertAlive();
        }
    }

    private void assertFails(Runnable fault, FerryException.Kind kind, String why) {
        Stage stage = new Stage(changes.topics, false);
        stage.onTypes = types -> fault.run();
        CompletableFuture<Void> run = stage.start().run();
        Awaitility.await("the end of the stage").atMost(PATIENCE).until(run::isDone);
        assertThatThrownBy(run::join).cause().isInstanceOfSatisfying(FerryException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e).hasMessageContaining(why).hasMessageNotContaining("quotes");
            if (!why.isEmpty()) { // an interrupted thread cannot write to Kafka: its process reports it
                assertThat(error()).contains(e.getMessage());
            }
        });
    }

    private FerryException assertStops(String why) {
        Running running = run(false);
        Awaitility.await("the end of the stage").atMost(PATIENCE).until(() -> running.run()
                .isDone());
        CompletionException ended = org.assertj.core.api.Assertions.catchThrowableOfType(
                CompletionException.class, () -> running.run().join());
        assertThat(ended).hasCauseInstanceOf(FerryException.class);
        FerryException e = (FerryException) Objects.requireNonNull(ended.getCause());
        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
        assertThat(e).hasMessageContaining(why);
        assertThat(e.remedy()).contains("--new-generation");
        assertThat(error()).contains(why, "--new-generation");
        return e;
    }

    private static int now() {
        return Math.toIntExact(Instant.now().getEpochSecond());
    }

    private void insert(String document) {
        insert(BsonDocument.parse(document));
    }

    private void insert(BsonDocument document) {
        server.collection("docs").insertOne(document);
    }

    private static BsonDocument withExtremeDate(int id) {
        return new BsonDocument("_id", new BsonInt32(id))
                .append("expireAt", new BsonDateTime(Long.MIN_VALUE))
                .append(
                        "indexes",
                        new BsonArray(List.of(new BsonDocument("dataId", new BsonString(Integer.toString(10 + id))))));
    }

    private void awaitReferences(int id, String... references) {
        changes.await("document " + id, seen -> {
            Change.Upsert upsert = changes.state().get(key(id));
            return upsert != null
                    && upsert.row().field(JOIN.references()).orElseThrow().value() instanceof Value.Items(var items)
                    && items.stream()
                            .map(item -> ((Value.Text) item).value())
                            .toList()
                            .equals(List.of(references));
        });
    }

    private String type(int id, String field) {
        var type = Objects.requireNonNull(changes.state().get(key(id)))
                .row()
                .field(field)
                .orElseThrow()
                .type();
        Name name = type.name();
        return name + (type.list() ? "[]" : "");
    }

    private void awaitSnapshot(int generation) {
        changes.await("snapshot " + generation, seen -> seen.stream()
                .anyMatch(one -> one.change().equals(new Change.SnapshotComplete("docs", generation))));
        Awaitility.await("it is recorded")
                .atMost(PATIENCE)
                .until(() -> progress(changes.topics).getSnapshotProgress().getDocumentsRead());
    }

    private static SourceKey key(int id) {
        return new SourceKey("docs", List.of(new Value.Whole(id)));
    }

    private String error() {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            view.refresh();
            return view.get(ControlKey.captureOfDocuments())
                    .map(control -> control.getDocumentCapture().getError())
                    .orElse("");
        }
    }

    private Control progress(Topics topics) {
        try (ControlView view = new ControlView(changes.kafka, topics.control())) {
            view.refresh();
            return view.get(ControlKey.snapshot("docs")).orElse(Control.getDefaultInstance());
        }
    }

    private record ControlRecord(ControlKey key, Control control) {
        ControlRecord asVersion01WroteIt() {
            return new ControlRecord(
                    key,
                    switch (control.getKindCase()) {
                        case DOCUMENT_CAPTURE -> {
                            DocumentCapture now = control.getDocumentCapture();
                            yield Control.newBuilder()
                                    .setCaptureProgress(CaptureProgress.newBuilder()
                                            .setGeneration(now.getGeneration())
                                            .setPlace(now.getPlace())
                                            .setLagBytes(now.getOrder())
                                            .setSlot(now.getResumeToken())
                                            .setSourcePosition(now.getPosition())
                                            .setError(now.getError())
                                            .setUpdatedMicros(now.getUpdatedMicros()))
                                    .build();
                        }
                        case SNAPSHOT_PROGRESS -> {
                            SnapshotProgress now = control.getSnapshotProgress();
                            yield Control.newBuilder()
                                    .setSnapshotProgress(now.toBuilder()
                                            .setIncarnation(now.getLastId())
                                            .clearLastId()
                                            .setTableVersion(now.getDocumentsRead() ? "read" : "")
                                            .clearDocumentsRead())
                                    .build();
                        }
                        default -> control;
                    });
        }
    }

    private List<ControlRecord> control(Topics topics) {
        List<ControlRecord> records = new ArrayList<>();
        try (var reader = new TopicReader<>(changes.kafka, topics.control(), 1_000)) {
            reader.readToEnd(some -> some.forEach(one -> records.add(new ControlRecord(one.key(), one.value()))));
        }
        return records;
    }

    private void provision(Topics topics, List<ControlRecord> records) {
        try (Admin admin = changes.kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        try (ControlPublisher publisher = new ControlPublisher(changes.kafka, topics.control())) {
            records.forEach(one -> publisher.publish(one.key(), one.control()));
        }
    }

    private void awaitPublished(Topics topics, SourceKey wanted) {
        Set<SourceKey> published = new HashSet<>();
        try (var reader = new TopicReader<>(changes.kafka, topics.changes(), 1_000)) {
            Awaitility.await("%s after a kill, of %s"
                            .formatted(wanted, topics.control().name()))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        reader.poll(Duration.ofMillis(100)).forEach(one -> {
                            if (one.key() != null) {
                                published.add(one.key());
                            }
                        });
                        return published.contains(wanted);
                    });
        }
    }

    private Running run(boolean newGeneration) {
        Running running = new Stage(changes.topics, newGeneration).start();
        changes.failWith(running.run());
        return running;
    }

    private final class Stage {
        private final Topics topics;
        private final boolean newGeneration;
        private MongoConfig from = config;
        private Consumer<DocumentTypes> onTypes = types -> {};

        Stage(Topics topics, boolean newGeneration) {
            this.topics = topics;
            this.newGeneration = newGeneration;
        }

        DocumentStage stage() {
            return new DocumentStage(
                    from,
                    JOIN,
                    List.of(),
                    Optional::empty,
                    changes.kafka,
                    topics,
                    new RequestedGeneration().with(new ProducerOptions(newGeneration)),
                    onTypes);
        }

        Running start() {
            DocumentStage stage = stage();
            return new Running(stage, CompletableFuture.runAsync(stage::run, Thread.ofPlatform()::start));
        }
    }

    private record Running(DocumentStage stage, CompletableFuture<Void> run) implements AutoCloseable {
        void assertAlive() {
            assertThat(run).isNotDone();
        }

        @Override
        public void close() {
            stage.close();
            run.join();
        }
    }
}
