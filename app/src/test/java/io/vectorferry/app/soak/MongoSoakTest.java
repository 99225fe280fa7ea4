package io.vectorferry.app.soak;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.Updates;
import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.LanceTable;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.app.e2e.ReferencedVectors;
import io.vectorferry.app.e2e.ReferringDocuments;
import io.vectorferry.deploy.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** Documents that share vectors, and the vectors themselves, written at once from several sessions while processes crash and the log rolls over. */
class MongoSoakTest {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("java.io.tmpdir"), "soak").toAbsolutePath();

    private static final int OPERATIONS = Integer.getInteger("ferry.soak.operations", 1_200);
    private static final int CRASHES = Integer.getInteger("ferry.soak.crashes", 4);
    private static final int PACE_MILLIS = Integer.getInteger("ferry.soak.paceMillis", 2_000);
    private static final int SESSIONS = 4;
    private static final int DOCUMENTS = 80;
    private static final int VECTORS = 120;
    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final Duration CATCH_UP_MAX = Duration.ofMinutes(4);
    private static final int SHOWN = 10;

    @Test
    void theTargetHoldsTheJoinAfterEverySeed() throws IOException, InterruptedException, SQLException {
        List<String> failed = new ArrayList<>();
        for (long seed : SoakSettings.seeds()) {
            Path own = DIRECTORY.resolve("mongo-%d".formatted(seed));
            Directories.delete(own);
            Files.createDirectories(own);
            List<String> problems = new History(seed, own).run();
            if (problems.isEmpty()) {
                Directories.delete(own);
            } else {
                failed.add("%d: %s".formatted(seed, String.join("; ", problems)));
            }
        }
        assertThat(failed)
                .as("seeds after which the copy was wrong, or a command was")
                .isEmpty();
    }

    private static final class History {
        private final long seed;
        private final Path own;
        private final Counters counters = new Counters();
        private final List<String> operations = Collections.synchronizedList(new ArrayList<>());
        private final List<Exception> failures = Collections.synchronizedList(new ArrayList<>());

        History(long seed, Path own) {
            this.seed = seed;
            this.own = own;
        }

        List<String> run() throws InterruptedException, SQLException {
            try (ReferencedVectors source = new ReferencedVectors()) {
                source.vectors(
                        "INSERT INTO modeldata SELECT i, ('[' || i || ',0.25]')::vector FROM generate_series(1, %d, 2) i"
                                .formatted(VECTORS));
                Pipeline pipeline = new Pipeline(own, source.yaml());
                try (SoakFerry ferry = new SoakFerry(pipeline, new OperationLog(), counters)) {
                    List<String> problems = new ArrayList<>();
                    try {
                        write(source, ferry);
                        problems.addAll(compare(source, ferry));
                    } catch (AssertionError e) {
                        problems.add(String.valueOf(e.getMessage()));
                    }
                    System.out.printf(
                            "mongo, seed %d: %s, %s%n", seed, problems.isEmpty() ? "passed" : "FAILED", counters);
                    return problems;
                }
            }
        }

        private void write(ReferencedVectors source, SoakFerry ferry) throws InterruptedException {
            Random random = new Random(seed);
            ferry.start();
            List<Thread> sessions = new ArrayList<>();
            for (int session = 0; session < SESSIONS; session++) {
                Random its = new Random(seed * 100 + session);
                boolean ofDocuments = session % 2 == 0;
                sessions.add(Thread.ofPlatform().daemon().start(() -> {
                    if (ofDocuments) {
                        writeDocuments(source.documents(), its);
                    } else {
                        writeVectors(source, its);
                    }
                }));
            }
            for (int crash = 0; crash < CRASHES || sessions.stream().anyMatch(Thread::isAlive); crash++) {
                ferry.superviseFor(Duration.ofMillis(PACE_MILLIS / 4 + random.nextInt(2 * PACE_MILLIS)));
                if (crash < CRASHES) {
                    crash(random.nextInt(6), source, ferry);
                }
            }
            for (Thread session : sessions) {
                session.join();
            }
            if (!failures.isEmpty()) {
                throw new IllegalStateException("a session of the application failed", failures.getFirst());
            }
        }

        private void crash(int which, ReferencedVectors source, SoakFerry ferry) {
            operations.add("%s crash %d".formatted(Instant.now(), which));
            switch (which) {
                case 0, 1, 2 -> {
                    counters.add(Kind.FERRY_KILL.name());
                    ferry.kill();
                }
                case 3 -> {
                    counters.add(Kind.FERRY_STOP.name());
                    ferry.restart();
                }
                case 4 -> {
                    counters.add(Kind.POSTGRES_KILL.name());
                    source.postgres().kill();
                    source.postgres().startAgain();
                }
                default -> {
                    // Nobody can go on from before this: it ends ferry, or it had nothing to resume from.
                    counters.add("log rolled over");
                    source.rollLogOver();
                    ferry.kill();
                }
            }
        }

        private void writeDocuments(MongoCollection<BsonDocument> documents, Random random) {
            try {
                for (int i = 0; i < OPERATIONS / SESSIONS; i++) {
                    int number = random.nextInt(DOCUMENTS);
                    var one = Filters.eq("_id", ReferringDocuments.id(number));
                    String vector = vector(random);
                    List<String> drawn = IntStream.range(0, random.nextInt(4))
                            .mapToObj(n -> vector(random))
                            .toList();
                    int kind = random.nextInt(7);
                    switch (kind) {
                        case 0 -> documents.updateOne(one, Updates.set("q", "edition " + random.nextInt(1_000)));
                        case 1 ->
                            documents.updateOne(one, Updates.push("indexes", ReferringDocuments.reference(vector)));
                        case 2 ->
                            documents.updateOne(one, Updates.pull("indexes", ReferringDocuments.reference(vector)));
                        case 3 -> documents.deleteOne(one);
                        case 4 -> documents.updateOne(one, Updates.set("unread", random.nextInt(1_000)));
                        default ->
                            documents.replaceOne(
                                    one,
                                    ReferringDocuments.document(number, "new " + random.nextInt(1_000), drawn),
                                    new ReplaceOptions().upsert(true));
                    }
                    operations.add("%s document %d kind %d V%s %s"
                            .formatted(
                                    Instant.now(),
                                    number,
                                    kind,
                                    vector,
                                    drawn.stream().map(id -> "V" + id).collect(Collectors.joining(" "))));
                    counters.committed();
                    pause(random);
                }
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }

        private void writeVectors(ReferencedVectors source, Random random) {
            try {
                for (int i = 0; i < OPERATIONS / SESSIONS; i++) {
                    String id = vector(random);
                    String other = vector(random);
                    String value = "'[%d,%d]'".formatted(random.nextInt(1_000), random.nextInt(1_000));
                    String sql =
                            switch (random.nextInt(5)) {
                                case 0 -> "DELETE FROM modeldata WHERE id = " + id;
                                case 1 ->
                                    "UPDATE modeldata SET id = %s WHERE id = %s AND NOT EXISTS (SELECT FROM modeldata WHERE id = %s)"
                                            .formatted(other, id, other);
                                case 2 -> "UPDATE modeldata SET embedding = %s WHERE id = %s".formatted(value, id);
                                default ->
                                    "INSERT INTO modeldata VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding"
                                            .formatted(id, value);
                            };
                    try (Connection connection =
                            DriverManager.getConnection(source.postgres().jdbcUrl("postgres"))) {
                        SoakSource.execute(connection, sql);
                        counters.committed();
                        operations.add("%s V%s V%s %s".formatted(Instant.now(), id, other, sql));
                    } catch (SQLException e) {
                        // The server is away, or another session was first.
                        operations.add("%s V%s V%s %s: %s".formatted(Instant.now(), id, other, sql, e.getSQLState()));
                        counters.add("failed");
                    }
                    pause(random);
                }
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }

        private static String vector(Random random) {
            return Integer.toString(1 + random.nextInt(VECTORS));
        }

        private static void pause(Random random) {
            LockSupport.parkNanos((long) (-Math.log(1 - random.nextDouble()) * 60_000_000));
        }

        private List<String> compare(ReferencedVectors source, SoakFerry ferry) {
            ferry.awaitFine(QUIET, CATCH_UP_MAX);
            Map<String, String> ids = IntStream.rangeClosed(1, VECTORS)
                    .mapToObj(Integer::toString)
                    .collect(Collectors.toMap(Function.identity(), Function.identity()));
            Map<String, String> expected = source.digests(ids);
            Map<String, String> actual = new TreeMap<>(
                    new LanceTable(own.resolve("lance"), "articles").digests("id", "q", "teamId", "embedding"));
            TreeSet<String> differing = new TreeSet<>(expected.keySet());
            differing.addAll(actual.keySet());
            differing.removeIf(
                    id -> expected.containsKey(id) && expected.get(id).equals(actual.get(id)));
            List<String> problems = new ArrayList<>();
            if (!differing.isEmpty()) {
                problems.add("%d rows are wrong, while the status said %s%n%s"
                        .formatted(differing.size(), ferry.lastStatus(), described(differing, expected, actual)));
            }
            FerryProcess.Ended verified = ferry.verify();
            if (verified.exitCode() != (differing.isEmpty() ? 0 : 2)) {
                problems.add("verify is wrong about %d differences: %s".formatted(differing.size(), verified.output()));
            }
            return problems;
        }

        private String described(Set<String> differing, Map<String, String> expected, Map<String, String> actual) {
            StringBuilder text = new StringBuilder();
            differing.stream().limit(SHOWN).forEach(id -> {
                text.append("  vector %s: source %s, target %s%n".formatted(id, expected.get(id), actual.get(id)));
                operations.stream()
                        .filter(line -> List.of(line.split(" ", -1)).contains("V" + id) || line.contains(" crash "))
                        .forEach(line -> text.append("      %s%n".formatted(line)));
            });
            return text.toString();
        }
    }
}
