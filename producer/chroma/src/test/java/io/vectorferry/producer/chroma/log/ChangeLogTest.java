package io.vectorferry.producer.chroma.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.producer.chroma.ChromaWriter;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.memory.FollowedCollection;
import io.vectorferry.producer.chroma.memory.PublishedRows;
import io.vectorferry.stores.chroma.ChromaAddress;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the log of a real Chroma proves, and when it says that it proves nothing. */
public class ChangeLogTest {
    private ChromaServer server;
    private ChromaWriter writer;
    private ChangeLog log;

    @BeforeEach
    public void start() {
        server = ChromaServer.forTest();
        writer = new ChromaWriter(server);
        writer.run("create('arts').add(ids=[f'r{i}' for i in range(20)], embeddings=np.eye(20, 4))");
        log = ChangeLog.open(server.directory());
    }

    @AfterEach
    public void stop() {
        log.close();
        server.close();
    }

    @Test
    void entriesThatStandNameTheIdsThatChanged() {
        LogSignal.Mark seen = mark();
        assertThat(log.since(arts(), seen)).isEqualTo(new LogSignal.Nothing(seen));

        writer.run("""
                get("arts").delete(ids=["r1"])
                get("arts").update(ids=["r2"], metadatas=[{"k": 1}])
                create("other").add(ids=["x"], embeddings=[[1, 2, 3, 4]])
                """);

        assertThat(log.since(arts(), seen)).isInstanceOfSatisfying(LogSignal.Some.class, some -> {
            assertThat(some.ids()).containsExactlyInAnyOrder("r1", "r2");
            assertThat(some.purged()).isFalse();
        });
    }

    @Test
    void purgedEntriesAreTold() {
        LogSignal.Mark seen = mark();

        writer.run("""
                get("arts").delete(ids=["r1"])
                get("arts").update(ids=["r2"], embeddings=[[9, 9, 9, 9]])
                get("arts").upsert(ids=[f"n{i}" for i in range(1200)], embeddings=np.full((1200, 4), 2.0))
                """);

        assertThat(log.since(arts(), seen)).isInstanceOfSatisfying(LogSignal.Some.class, some -> {
            assertThat(some.purged()).isTrue();
            assertThat(some.ids()).hasSize(1201).contains("r2", "n0", "n1199");
        });
        assertThat(log.isPurged()).isTrue();
    }

    @Test
    void numbersOfADroppedCollectionComeBackAboveEveryMarkOfAnother() {
        writer.run("create('last').add(ids=[f'l{i}' for i in range(30)], embeddings=np.eye(30, 4))");
        LogSignal.Mark seen = mark();

        writer.run("""
                client.delete_collection("last")
                get("arts").delete(ids=["r3"])
                """);

        assertThat(log.since(arts(), seen)).isInstanceOfSatisfying(LogSignal.Some.class, some -> {
            assertThat(some.ids()).containsExactly("r3");
            assertThat(some.mark().sequence()).isEqualTo(seen.sequence() + 1);
        });
    }

    @Test
    void afterAVacuumNothingIsTakenForGranted() {
        LogSignal.Mark seen = mark();
        server.stop();
        server.command("vacuum", "--path", server.directory().toString(), "--force");
        server.startAgain();

        assertThat(log.since(arts(), seen)).isInstanceOf(LogSignal.Anything.class);
    }

    @Test
    void aDatabaseThatWasPutBackToAnEarlierStateIsNoticed() {
        LogSignal.Mark seen = mark();
        LogSignal.Mark later =
                new LogSignal.Mark(seen.sequence() + 5, "2026-01-01 00:00:00 2 r9", seen.schemaVersion());
        LogSignal.Mark another =
                new LogSignal.Mark(seen.sequence() - 5, "2026-01-01 00:00:00 2 r9", seen.schemaVersion());

        assertThat(log.since(arts(), later)).isInstanceOf(LogSignal.Anything.class);
        assertThat(log.since(arts(), another)).isInstanceOf(LogSignal.Anything.class);
    }

    @Test
    void aCollectionThatIsDroppedBetweenTheListAndTheLogIsLeftOut(@TempDir Path memory) {
        writer.run("create('more').add(ids=['a'], embeddings=[[1, 2]])");
        ChromaConfig config = config(server.directory());
        try (ChromaClient client = new ChromaClient(config.address());
                ChangeSignals signals = new ChangeSignals(config, client, () -> false)) {
            List<FollowedCollection> listed = followed(client, memory);
            writer.run("client.delete_collection('more')");

            assertThat(signals.of(listed).keySet())
                    .extracting(one -> one.collection().name())
                    .containsExactly("arts");
            listed.forEach(one -> one.published().close());
        }
    }

    @Test
    void aLogOfAnotherServerIsRefused(@TempDir Path another) throws IOException {
        Files.copy(server.directory().resolve("chroma.sqlite3"), another.resolve("chroma.sqlite3"));
        writer.run("create('more').add(ids=['a'], embeddings=[[1, 2]])");
        try (ChromaClient client = new ChromaClient(config(another).address());
                ChangeSignals signals = new ChangeSignals(config(another), client, () -> true)) {
            List<FollowedCollection> listed = followed(client, another);

            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> signals.of(listed))
                    .withMessageContaining("does not know the collection more")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED));
            listed.forEach(one -> one.published().close());
        }
    }

    @Test
    void aFileThatIsAwayIsAMistakeOnlyBeforeAnythingWasRead(@TempDir Path empty) {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> ChangeLog.open(empty, false))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED));
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> ChangeLog.open(empty, true))
                .withMessageContaining("chroma.sqlite3")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
    }

    private static List<FollowedCollection> followed(ChromaClient client, Path memory) {
        return client.collections().stream()
                .map(collection -> new FollowedCollection(
                        collection,
                        PublishedRows.begin(
                                memory.resolve(collection.name()),
                                new PublishedRows.Identity(collection.id(), "x", 1),
                                MetadataTypes.NATIVE)))
                .toList();
    }

    private LogSignal.Mark mark() {
        return log.since(arts(), null).mark();
    }

    private ChromaCollection arts() {
        try (ChromaClient client = new ChromaClient(config(server.directory()).address())) {
            return client.collections().stream()
                    .filter(collection -> collection.name().equals("arts"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private ChromaConfig config(Path directory) {
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
                new ChromaConfig.Reading(Duration.ofSeconds(1), 1000, 1),
                50,
                Optional.of(directory),
                Path.of("unused"));
    }
}
