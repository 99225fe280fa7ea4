package io.vectorferry.producer.chroma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.memory.FollowedCollection;
import io.vectorferry.producer.chroma.memory.PublishedRows;
import io.vectorferry.producer.chroma.rescan.CollectionScan;
import io.vectorferry.producer.contracttests.ChangesTopic;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.stores.chroma.ChromaAddress;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real Chroma on one side, what stands on the changes topic on the other. */
@Timeout(120)
public class ChromaSourceTest {
    private static final String ONE = ", collections: [arts]";
    private static final String LOG = ", directory: \"%s\"";

    @TempDir
    public Path directory;

    private ChromaServer server;
    private ChromaWriter writer;
    private ChangesTopic changes;

    @BeforeEach
    public void start() {
        server = ChromaServer.forTest();
        writer = new ChromaWriter(server);
        changes = new ChangesTopic();
    }

    @AfterEach
    public void stop() {
        changes.close();
        server.close();
    }

    @Test
    void everyValueArrivesWithItsTypeAndEveryBitOfItsVector() {
        writer.run("""
                create("arts").add(ids=["a", "é/ü", "bare"], embeddings=[[0.1, -0.0, 1e-45], [3.4e38, 16777217, 3], [1, 2, 3]],
                    documents=["text", "two", None], uris=["http://x", None, None],
                    metadatas=[{"i": 9007199254740993, "f": 0.1, "b": True, "s": "t", "li": [1, 2], "lf": [1.5], "ls": ["x"]},
                               {"mixed": 1, "number": 1}, {"mixed": "x", "number": 1.5}])
                """);
        try (Running running = run("")) {
            awaitIds("arts", "a", "é/ü", "bare");
            running.assertAlive();
        }
        Row full = row("arts", "a");
        assertThat(full.vector().orElseThrow().value()).contains(Vector.ofFloats(0.1f, -0.0f, Float.MIN_VALUE));
        assertThat(full.fields())
                .containsExactly(
                        text("document", "text"),
                        text("chroma_uri", "http://x"),
                        field("b", FieldType.Name.BOOL, new Value.Bool(true)),
                        field("f", FieldType.Name.REAL64, new Value.Real64(0.1)),
                        field("i", FieldType.Name.INT64, new Value.Whole(9007199254740993L)),
                        list("lf", FieldType.Name.REAL64, new Value.Real64(1.5)),
                        list("li", FieldType.Name.INT64, new Value.Whole(1), new Value.Whole(2)),
                        list("ls", FieldType.Name.TEXT, new Value.Text("x")),
                        text("s", "t"));
        assertThat(row("arts", "é/ü").vector().orElseThrow().value()).contains(Vector.ofFloats(3.4e38f, 1 << 24, 3));
        assertThat(row("arts", "é/ü").fields())
                .contains(text("mixed", "1"), field("number", FieldType.Name.REAL64, new Value.Real64(1)));
        assertThat(row("arts", "bare").fields())
                .contains(new Field("document", FieldType.of(FieldType.Name.TEXT), Value.NULL), text("mixed", "x"));
    }

    /** However it was configured: by the way of today, or by that of old clients. */
    @Test
    void theMetricByWhichACollectionIsSearchedIsRecordedForTheTargets() {
        writer.run("""
                create("arts", "ip").add(ids=["a"], embeddings=[[1, 2]])
                create("angles", "cosine").add(ids=["a"], embeddings=[[1, 2]])
                client.create_collection("old", embedding_function=None, metadata={"hnsw:space": "cosine"}).add(ids=["a"], embeddings=[[1, 2]])
                client.create_collection("plain", embedding_function=None).add(ids=["a"], embeddings=[[1, 2]])
                """);
        List<String> collections = List.of("arts", "angles", "old", "plain");
        try (Running running = run("")) {
            collections.forEach(name -> awaitSize(name, 1));
            try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
                view.refresh();
                RecordedDistances metrics = new RecordedDistances(view);
                assertThat(collections.stream().map(name -> metrics.of(Set.of(name))))
                        .containsExactly(
                                Optional.of(DistanceMetric.DOT),
                                Optional.of(DistanceMetric.COSINE),
                                Optional.of(DistanceMetric.COSINE),
                                Optional.of(DistanceMetric.L2));
                assertThat(metrics.of(collections)).as("of one table for all").isEmpty();
            }
            running.assertAlive();
        }
    }

    @Test
    void laterLooksPublishOnlyWhatDiffers() {
        writer.run("create('arts').add(ids=[f'r{i}' for i in range(200)], embeddings=np.eye(200, 4))");
        try (Running running = run("")) {
            awaitSize("arts", 200);
            int before = changes.seen.size();
            writer.run("""
                    arts = get("arts")
                    arts.update(ids=["r0"], metadatas=[{"k": 1}])
                    arts.update(ids=["r1"], embeddings=[[9, 9, 9, 9]])
                    arts.delete(ids=["r2", "r3"])
                    arts.add(ids=["new"], embeddings=[[1, 1, 1, 1]])
                    """);
            changes.await(
                    "all five",
                    seen -> live("arts").containsKey("new")
                            && live("arts").size() == 199
                            && row("arts", "r0").field("k").isPresent()
                            && row("arts", "r1")
                                    .vector()
                                    .orElseThrow()
                                    .value()
                                    .equals(Optional.of(Vector.ofFloats(9, 9, 9, 9))));
            assertThat(changes.seen.subList(before, changes.seen.size()).stream()
                            .filter(one -> one.key() != null))
                    .hasSize(5);
            running.assertAlive();
        }
    }

    @Test
    void aRestartGoesOnWithWhatWasPublished() throws IOException {
        writer.run("create('arts').add(ids=[f'r{i}' for i in range(50)], embeddings=np.eye(50, 4))");
        try (Running running = run("")) {
            awaitSize("arts", 50);
            awaitComplete("arts", 1);
            running.assertAlive();
        }
        int before = changes.seen.size();
        Path memory = directory.resolve("data/chroma");
        Files.setPosixFilePermissions(memory, PosixFilePermissions.fromString("rwxr-xr-x")); // by an earlier version
        publish(asVersion01WroteIt(recorded("arts")));
        writer.run("""
                get("arts").delete(ids=["r7"])
                get("arts").add(ids=["new"], embeddings=[[1, 1, 1, 1]])
                """);
        try (Running running = run("")) {
            changes.await(
                    "both",
                    seen -> live("arts").containsKey("new") && !live("arts").containsKey("r7"));
            running.assertAlive();
        }
        assertThat(changes.seen).hasSize(before + 2);
        assertThat(Files.getPosixFilePermissions(memory)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aLostMemoryIsANewGeneration() throws Exception {
        writer.run("create('arts').add(ids=['a', 'b'], embeddings=np.eye(2, 4))");
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            running.assertAlive();
        }
        writer.run("get('arts').delete(ids=['a'])");
        Directories.delete(directory.resolve("data"));
        try (Running running = run("")) {
            awaitComplete("arts", 2);
            running.assertAlive();
        }
        assertThat(live("arts")).containsOnlyKeys("b");
    }

    @Test
    void aCollectionMadeAnewUnderItsNameReplacesTheOldOne() {
        writer.run("create('arts').add(ids=['a', 'b'], embeddings=np.eye(2, 4))");
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            writer.run("""
                    client.delete_collection("arts")
                    create("arts").add(ids=["b", "c"], embeddings=np.eye(2, 6))
                    """);
            awaitComplete("arts", 2);
            running.assertAlive();
        }
        assertThat(live("arts")).containsOnlyKeys("b", "c");
        assertThat(row("arts", "b").vector().orElseThrow().dimension()).isEqualTo(6);
    }

    @Test
    void collectionsThatComeAndGoAreFollowed() {
        writer.run("create('arts').add(ids=['a'], embeddings=np.eye(1, 4))");
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            writer.run("create('more').add(ids=['m'], embeddings=np.eye(1, 3))");
            awaitIds("more", "m"); // the first look may find it empty
            writer.run("client.delete_collection('arts')");
            awaitComplete("arts", 2);
            running.assertAlive();
        }
        assertThat(live("arts")).isEmpty();
        assertThat(live("more")).containsOnlyKeys("m");
    }

    @Test
    void aBarrierFollowsAllThatWasWrittenBeforeItWasIssued() {
        writer.run("create('arts')");
        Source source = source("");
        try (Running running = start(source);
                ControlPublisher control = new ControlPublisher(changes.kafka, changes.topics.control());
                BarrierIssuer issuer = source.barriers(changes.kafka, changes.topics)) {
            awaitComplete("arts", 1);
            writer.run("get('arts').add(ids=['a'], embeddings=np.eye(1, 4))");
            Clock clock = Clock.fixed(Instant.ofEpochSecond(42), ZoneOffset.UTC);
            Barrier issued = new BarrierAnnouncer(issuer, control, clock).issue(0);
            changes.await("a mark in each partition", seen -> marks() == 2);
            assertThat(live("arts")).containsOnlyKeys("a");
            Change last = changes.seen.getLast().change();
            assertThat(last).isInstanceOfSatisfying(Change.BarrierMark.class, mark -> {
                assertThat(mark.barrier().at("")).isEqualTo(issued);
                assertThat(mark.barrier().sequence()).isPositive();
                assertThat(mark.barrier().sourcePosition()).startsWith("look ");
            });
            running.assertAlive();
        }
    }

    @Test
    void anEmbeddingThatChromaCannotRestoreIsADeadLetterOnce() {
        writer.run(
                "create('arts', 'cosine').add(ids=['ok', 'huge'], embeddings=[[1, 0, 0], [3.3e38, 3.3e38, 3.3e38]])");
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            writer.run("get('arts').add(ids=['later'], embeddings=[[1, 0, 0]])");
            awaitIds("arts", "ok", "later");
            running.assertAlive();
        }
        assertThat(changes.deadLetters()).containsExactly(key("arts", "huge"));
    }

    @Test
    void theLogSignalsChangesBetweenLooks() {
        writer.run("create('arts').add(ids=[f'r{i}' for i in range(50)], embeddings=np.eye(50, 4))");
        try (Running running = run(LOG.formatted(server.directory()))) {
            awaitComplete("arts", 1);
            int before = changes.seen.size();
            writer.run("""
                    arts = get("arts")
                    arts.add(ids=["r0"], embeddings=[[5, 5, 5, 5]])
                    arts.update(ids=["missing"], metadatas=[{"k": 1}])
                    arts.update(ids=["r1"], metadatas=[{"k": 1}])
                    arts.delete(ids=["r2"])
                    arts.add(ids=["new"], embeddings=[[1, 1, 1, 1]])
                    """);
            changes.await(
                    "all three",
                    seen -> live("arts").containsKey("new")
                            && !live("arts").containsKey("r2")
                            && row("arts", "r1").field("k").isPresent());
            assertThat(changes.seen).hasSize(before + 3);
            running.assertAlive();
        }
    }

    @Test
    void aPurgeBetweenTwoLooksLosesNothing() {
        writer.run("create('arts').add(ids=[f'r{i}' for i in range(50)], embeddings=np.eye(50, 4))");
        try (Running running = run(LOG.formatted(server.directory()))) {
            awaitComplete("arts", 1);
            // One request of more operations than the threshold: log entries go within the write that made them.
            writer.run("""
                    arts = get("arts")
                    arts.delete(ids=["r0", "r1"])
                    arts.upsert(ids=[f"n{i}" for i in range(1200)], embeddings=np.full((1200, 4), 2.0))
                    arts.delete(ids=["n0"])
                    """);
            awaitSize("arts", 48 + 1199);
            assertThat(live("arts")).doesNotContainKeys("r0", "r1", "n0");
            running.assertAlive();
        }
    }

    @Test
    void numbersThatAreGivenOutAgainLoseNothing() {
        writer.run("""
                create("arts").add(ids=["a", "b"] + [f"k{i}" for i in range(40)], embeddings=np.eye(42, 4))
                create("last").add(ids=[f"l{i}" for i in range(30)], embeddings=np.eye(30, 4))
                """);
        try (Running running = run(LOG.formatted(server.directory()))) {
            awaitComplete("arts", 1);
            awaitComplete("last", 1);
            // The highest numbers go with their collection, and the next writes get them.
            writer.run("""
                    client.delete_collection("last")
                    get("arts").upsert(ids=["a"], embeddings=[[7, 7, 7, 7]])
                    get("arts").delete(ids=["b"])
                    create("last").add(ids=["z"], embeddings=[[1, 2, 3, 4]])
                    """);
            changes.await(
                    "the new state",
                    seen -> live("arts").size() == 41
                            && !live("arts").containsKey("b")
                            && live("last").keySet().equals(Set.of("z"))
                            && row("arts", "a")
                                    .vector()
                                    .orElseThrow()
                                    .value()
                                    .equals(Optional.of(Vector.ofFloats(7, 7, 7, 7))));
            running.assertAlive();
        }
    }

    /** The image of Chroma keeps its data in another directory than the volume is mounted on. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerThatComesUpOnAnEmptyVolumeIsReportedAndNothingIsSwept(boolean hasLog) throws IOException {
        String more = hasLog ? LOG.formatted(server.directory()) : "";
        writer.run("""
                for name in ["col1", "col2", "col3"]:
                    create(name).add(ids=[f"r{i}" for i in range(100)], embeddings=np.eye(100, 4))
                """);
        try (Running running = run(more)) {
            for (String name : List.of("col1", "col2", "col3")) {
                awaitComplete(name, 1);
            }
            running.assertAlive();
        }
        int before = changes.seen.size();
        Path away = directory.resolve("away");
        exchange(server.directory(), away);
        try (Running running = run(more)) {
            awaitError("is missing 300 of 300 records", "col1, col2, col3", "--new-generation");
            writer.run("create('col1').add(ids=['r0'], embeddings=np.eye(1, 4))"); // as applications do when they start
            awaitError("is missing 299 of 300 records", "2 of 3 collections (col2, col3)");
            running.assertAlive();
        }
        exchange(server.directory(), directory.resolve("empty"), away);
        try (Running running = run(more)) {
            awaitError();
            writer.run("get('col2').upsert(ids=['new'], embeddings=[[1, 2, 3, 4]])");
            changes.await("the new record", seen -> live("col2").containsKey("new"));
            assertThat(changes.seen).as("published since: the new record alone").hasSize(before + 1);

            writer.run("client.delete_collection('col1'); create('col1')");
            awaitComplete("col1", 2);
            assertThat(live("col1")).isEmpty();
            assertThat(live("col2")).hasSize(101);
            assertThat(live("col3")).hasSize(100);
            running.assertAlive();
        }
    }

    @Test
    void theOnlyCollectionIsSweptWhenAPersonSaysSo() {
        writer.run("create('arts').add(ids=['a', 'b', 'c'], embeddings=np.eye(3, 4))");
        try (Running running = run(ONE)) {
            awaitComplete("arts", 1);
            writer.run("client.delete_collection('arts')");
            awaitError("is missing 3 of 3 records");
            running.assertAlive();
        }
        try (Running running = run(ONE)) {
            awaitError("is missing 3 of 3 records"); // a restart alone is no word
            assertThat(live("arts")).hasSize(3);
            running.assertAlive();
        }
        try (Running running = start(source(ONE), true)) {
            awaitComplete("arts", 2);
            running.assertAlive();
        }
        assertThat(live("arts")).isEmpty();
    }

    @Test
    void aCollectionThatIsIndexedAnewUnderAnotherNameTakesThePlaceOfTheOldOne() {
        writer.run("create('first').add(ids=[f'r{i}' for i in range(100)], embeddings=np.eye(100, 4))");
        try (Running running = run("")) {
            awaitComplete("first", 1);
            writer.run("create('second').add(ids=[f'r{i}' for i in range(90)], embeddings=np.eye(90, 4))");
            awaitSize("second", 90);
            writer.run("client.delete_collection('first')"); // 100 of 190
            awaitComplete("first", 2);
            assertThat(live("second")).hasSize(90);
            running.assertAlive();
        }
        writer.run("""
                create("third").add(ids=[f"r{i}" for i in range(60)], embeddings=np.eye(60, 4))
                client.delete_collection("second")
                """);
        try (Running running = run("")) { // none of it was read when the one before it went
            awaitComplete("second", 2);
            awaitSize("third", 60);
            writer.run("client.delete_collection('third'); create('fourth').add(ids=['r'], embeddings=np.eye(1, 4))");
            awaitError("is missing 60 of 60 records", "(third)");
            writer.run("get('fourth').add(ids=[f'r{i}' for i in range(30)], embeddings=np.eye(30, 4))");
            awaitComplete("third", 2);
            awaitSize("fourth", 31);
            running.assertAlive();
        }
    }

    /** The memory lies in data.dir, Chroma's files on a volume, and Kafka elsewhere. */
    @Test
    void aCollectionThatChangedSinceItsFirstLookCountsAsItWasWhenTheMemoryIsLost() throws Exception {
        writer.run("create('arts')");
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            writer.run("get('arts').add(ids=[f'r{i}' for i in range(100)], embeddings=np.eye(100, 4))");
            awaitHeld(100);
            running.assertAlive();
        }
        Path away = directory.resolve("away");
        exchange(server.directory(), away);
        Directories.delete(directory.resolve("data"));
        try (Running running = run("")) {
            awaitError("is missing 100 of 100 records", "1 of 1 collections (arts)");
            running.assertAlive();
        }
        publish(asVersion01WroteIt(recorded("arts")));
        try (Running running = run("")) {
            awaitError("it is unknown how many it had", "--new-generation");
            assertThat(live("arts")).hasSize(100);
            running.assertAlive();
        }
        exchange(server.directory(), directory.resolve("empty"), away);
        try (Running running = run("")) {
            awaitComplete("arts", 2);
            for (int left : new int[] {60, 36}) { // without a log no more than half at once
                writer.run("get('arts').delete(ids=[f'r{i}' for i in range(%d, 100)])".formatted(left));
                awaitSize("arts", left);
            }
            awaitHeld(36);
            running.assertAlive();
        }
        Directories.delete(directory.resolve("data"));
        try (Running running = run("")) {
            awaitComplete("arts", 3);
            assertThat(live("arts")).hasSize(36);
            running.assertAlive();
        }
    }

    private static SnapshotProgress asVersion01WroteIt(SnapshotProgress recorded) {
        return recorded.toBuilder()
                .clearRowsHeld()
                .setIncarnation(recorded.getCollectionId() + "/" + recorded.getMemoryId())
                .clearCollectionId()
                .clearMemoryId()
                .build();
    }

    private void publish(SnapshotProgress progress) {
        try (ControlPublisher control = new ControlPublisher(changes.kafka, changes.topics.control())) {
            control.publish(
                    ControlKey.snapshot(progress.getCollection()),
                    Control.newBuilder().setSnapshotProgress(progress).build());
        }
    }

    private SnapshotProgress recorded(String collection) {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            view.refresh();
            return view.get(ControlKey.snapshot(collection)).orElseThrow().getSnapshotProgress();
        }
    }

    private void awaitHeld(long rows) {
        awaitSize("arts", Math.toIntExact(rows));
        Awaitility.await("that %d rows are recorded".formatted(rows))
                .atMost(Duration.ofSeconds(60))
                .until(() -> recorded("arts").getRowsHeld() == rows);
    }

    @Test
    void aDirectoryThatIsAwayWhileItIsRestoredIsWaitedFor() throws IOException {
        String more = LOG.formatted(server.directory());
        writer.run("create('arts').add(ids=['a'], embeddings=np.eye(1, 4))");
        Path away = directory.resolve("away");
        Running interrupted = run(more);
        awaitComplete("arts", 1);
        server.stop();
        Files.move(server.directory(), away);
        assertEndsForNow(interrupted);
        assertEndsForNow(run(more));
        Files.move(away, server.directory());
        server.startAgain();
        try (Running running = run(more)) {
            awaitError();
            writer.run("get('arts').add(ids=['b'], embeddings=np.ones((1, 4)))");
            awaitIds("arts", "a", "b");
            running.assertAlive();
        }
    }

    /** The pipeline starts it again. */
    private static void assertEndsForNow(Running running) {
        assertThat(running.run())
                .failsWithin(Duration.ofSeconds(60))
                .withThrowableThat()
                .withCauseInstanceOf(FerryException.class)
                .satisfies(e -> assertThat(((FerryException) Objects.requireNonNull(e.getCause())).kind())
                        .as(e.toString())
                        .isEqualTo(FerryException.Kind.RETRYABLE));
    }

    @Test
    void mostRecordsOfASourceAreOnlyDeletedOnTheWordOfALog() {
        writer.run("""
                create("arts").add(ids=[f"r{i}" for i in range(10)], embeddings=np.eye(10, 4))
                create("more").add(ids=["m"], embeddings=np.eye(1, 4))
                """);
        try (Running running = run("")) {
            awaitComplete("arts", 1);
            awaitComplete("more", 1);
            running.assertAlive();
        }
        // between two runs, since Chroma shows a deletion of several records little by little
        writer.run("get('arts').delete(ids=[f'r{i}' for i in range(10)])");
        try (Running running = run("")) {
            awaitError("collection arts of Chroma", "no longer lists", "records that were replicated");
            assertThat(live("arts")).hasSize(10);
            writer.run("get('arts').upsert(ids=[f'r{i}' for i in range(8)], embeddings=np.eye(8, 4))");
            awaitError();
            awaitSize("arts", 8);
            running.assertAlive();
        }
        try (Running running = run(LOG.formatted(server.directory()))) {
            writer.run("get('arts').upsert(ids=['after'], embeddings=np.ones((1, 4)))");
            awaitSize("arts", 9);
            writer.run("get('arts').delete(ids=get('arts').get()['ids'])");
            awaitSize("arts", 0);
            assertThat(live("more")).hasSize(1);
            running.assertAlive();
        }
    }

    @Test
    void aRecordThatIsReadAndThenFoundGoneIsDeletedBehindWhatWasRead() throws Exception {
        writer.run("create('arts').add(ids=['ghost', 'stays'], embeddings=np.eye(2, 4))");
        try (ChromaClient client = new ChromaClient(config().address());
                ChangePublisher publisher = new ChangePublisher(changes.kafka, changes.topics)) {
            ChromaCollection arts = client.collection("arts").orElseThrow();
            FollowedCollection followed = new FollowedCollection(
                    arts,
                    PublishedRows.begin(
                            directory.resolve("arts.published"),
                            new PublishedRows.Identity(arts.id(), "x", 1),
                            MetadataTypes.NATIVE));
            CollectionScan look =
                    new CollectionScan(client, config().reading(), followed, publisher, 7, new StageLife("the test"));
            look.atSome(List.of("ghost", "stays")); // as purged entries of the log name them
            writer.run("get('arts').delete(ids=['ghost'])");
            look.deleteAllBut(look.ids());
            publisher.flush();
            followed.published().close();
        }
        changes.await("the deletion", seen -> seen.stream().anyMatch(one -> one.change() instanceof Change.Delete));
        assertThat(changes.state().keySet()).containsExactly(key("arts", "stays"));
    }

    @Test
    void collectionsThatStandStillAreNotTouchedWhileOthersComeAndGo() {
        writer.run("""
                for i in range(120):
                    create(f"col{i}").add(ids=["a", "b", "c"], embeddings=np.eye(3, 4))
                """);
        try (Running running = run("")) {
            for (int i = 0; i < 120; i++) {
                awaitComplete("col" + i, 1);
            }
            writer.run("""
                    import time
                    end, n = time.time() + 3, 0
                    while time.time() < end and n < 40:
                        client.delete_collection(f"col{n}")
                        create(f"new{n}").add(ids=["x"], embeddings=np.eye(1, 4))
                        n += 1
                    create("last").add(ids=["x"], embeddings=np.eye(1, 4))
                    """);
            awaitComplete("last", 1);
            running.assertAlive();
        }
        for (int i = 40; i < 120; i++) {
            String name = "col" + i;
            assertThat(live(name)).as(name).hasSize(3);
            assertThat(changes.seen.stream()
                            .filter(one -> one.change() instanceof Change.SnapshotComplete complete
                                    && complete.collection().equals(name))
                            .map(one -> ((Change.SnapshotComplete) one.change()).generation()))
                    .as("generations of " + name)
                    .containsOnly(1);
        }
    }

    /** The server's files go, and others, or none, take their place. */
    private void exchange(Path current, Path away, Path... instead) throws IOException {
        server.stop();
        Files.move(current, away);
        if (instead.length == 0) {
            Files.createDirectory(current);
        } else {
            Files.move(instead[0], current);
        }
        server.startAgain();
    }

    /** What status says: all of these, or nothing. */
    private void awaitError(String... parts) {
        Awaitility.await("the error " + List.of(parts))
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
                        view.refresh();
                        String error = view.get(ControlKey.capture())
                                .map(control -> control.getCaptureProgress().getError())
                                .orElse("");
                        if (parts.length == 0) {
                            assertThat(error).isEmpty();
                        } else {
                            assertThat(error).contains(parts);
                        }
                    }
                });
    }

    private ChromaConfig config() {
        return new ChromaConfig(
                new ChromaAddress(
                        "source.chroma",
                        server.url(),
                        "default_tenant",
                        "default_database",
                        Optional.empty(),
                        ChromaAddress.TokenHeader.AUTHORIZATION,
                        Duration.ofSeconds(30)),
                List.of(),
                new ChromaConfig.Reading(Duration.ofMillis(100), 16, 1),
                50,
                Optional.empty(),
                directory.resolve("data"));
    }

    private long marks() {
        return changes.seen.stream()
                .filter(one -> one.change() instanceof Change.BarrierMark)
                .count();
    }

    private void awaitIds(String collection, String... ids) {
        changes.await("ids of " + collection, seen -> live(collection).keySet().equals(Set.of(ids)));
    }

    private void awaitSize(String collection, int size) {
        changes.await(size + " rows", seen -> live(collection).size() == size);
    }

    private void awaitComplete(String collection, int generation) {
        changes.await(
                "generation %d of %s".formatted(generation, collection),
                seen -> seen.stream()
                                .filter(one -> one.change().equals(new Change.SnapshotComplete(collection, generation)))
                                .count()
                        == 2);
    }

    /** What a target would hold: a complete generation sweeps what it did not show. */
    private Map<String, Row> live(String collection) {
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
                        one -> ((Value.Text) one.getKey().parts().getFirst()).value(),
                        one -> one.getValue().row(),
                        (a, b) -> b,
                        TreeMap::new));
    }

    private Row row(String collection, String id) {
        return Objects.requireNonNull(changes.state().get(key(collection, id)), id)
                .row();
    }

    private static SourceKey key(String collection, String id) {
        return new SourceKey(collection, List.of(new Value.Text(id)));
    }

    private static Field text(String name, String value) {
        return field(name, FieldType.Name.TEXT, new Value.Text(value));
    }

    private static Field field(String name, FieldType.Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }

    private static Field list(String name, FieldType.Name type, Value... items) {
        return new Field(name, FieldType.listOf(type), new Value.Items(List.of(items)));
    }

    private Source source(String more) {
        return source(server.url(), more);
    }

    private Source source(String url, String more) {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {chroma: {url: "%s", rescan: 100ms, blockRows: 16%s}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                data.dir: %s
                """.formatted(url, more, directory.resolve("data")), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source =
                new ChromaSourceFactory().configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }

    @Test
    void whateverFailsInTheProducerIsInTheStatusAndQuotesNoRecord() {
        writer.run("create('arts').add(ids=['a'], embeddings=[[1, 2]])");
        assertFails(
                () -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                FerryException.Kind.MISCONFIGURED,
                "java.lang.OutOfMemoryError: Java heap space");
        assertFails(
                () -> {
                    throw new IllegalStateException("quotes a record");
                },
                FerryException.Kind.RETRYABLE,
                "java.lang.IllegalStateException");
        assertFails(() -> Thread.currentThread().interrupt(), FerryException.Kind.RETRYABLE, "");
        try (Running running = run("")) {
            awaitIds("arts", "a");
            running.assertAlive();
        }
    }

    @Test
    void aServerThatFallsSilentFailsTheStageWithItsReasonInTheStatus() {
        writer.run("create('arts').add(ids=['a'], embeddings=[[1, 2]])");
        try (HoldingProxy proxy = HoldingProxy.to(server.port())) {
            CompletableFuture<Void> run = start(source("http://127.0.0.1:" + proxy.port(), ", requestTimeout: 3s"))
                    .run();
            awaitComplete("arts", 1);
            proxy.holdEverything();
            awaitError("Chroma at http://127.0.0.1:" + proxy.port() + " did not respond within 3 s");
            Awaitility.await("the end of the stage")
                    .atMost(Duration.ofSeconds(60))
                    .until(run::isDone);
            assertThatThrownBy(run::join).cause().isInstanceOfSatisfying(FerryException.class, e -> assertThat(e.kind())
                    .isEqualTo(FerryException.Kind.RETRYABLE));
        }
        writer.run("get('arts').add(ids=['b'], embeddings=[[1, 2]])");
        try (Running running = run("")) {
            awaitIds("arts", "a", "b");
            awaitError();
            running.assertAlive();
        }
    }

    private void assertFails(Runnable fault, FerryException.Kind kind, String why) {
        changes.onSync = fault;
        CompletableFuture<Void> run = run("").run();
        Awaitility.await("the end of the stage").atMost(Duration.ofSeconds(60)).until(run::isDone);
        changes.onSync = () -> {};
        assertThatThrownBy(run::join).cause().isInstanceOfSatisfying(FerryException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e).hasMessageContaining(why).hasMessageNotContaining("quotes");
            if (!why.isEmpty()) { // an interrupted thread cannot write to Kafka: its process reports it
                assertThat(error()).contains(e.getMessage());
            }
        });
    }

    private String error() {
        try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
            view.refresh();
            return view.get(ControlKey.capture())
                    .map(control -> control.getCaptureProgress().getError())
                    .orElse("");
        }
    }

    private Running run(String more) {
        return start(source(more));
    }

    private Running start(Source source) {
        return start(source, false);
    }

    private Running start(Source source, boolean newGeneration) {
        Stage stage = source.stage(changes.kafka, changes.topics, new ProducerOptions(newGeneration));
        // Not the common pool: the HTTP client needs its few threads.
        CompletableFuture<Void> run = CompletableFuture.runAsync(stage::run, Thread.ofPlatform()::start);
        changes.failWith(run);
        return new Running(stage, run);
    }

    private record Running(Stage stage, CompletableFuture<Void> run) implements AutoCloseable {
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
