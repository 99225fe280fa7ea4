package io.vectorferry.app.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.deploy.Directories;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Many Chroma collections that come and go, are renamed and made anew, while their server and ferry crash. */
class ChromaSoakTest {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("java.io.tmpdir"), "soak").toAbsolutePath();

    private static final int OPERATIONS = Integer.getInteger("ferry.soak.operations", 300);
    private static final int CRASHES = Integer.getInteger("ferry.soak.crashes", 3);
    private static final int PACE_MILLIS = Integer.getInteger("ferry.soak.paceMillis", 2_000);
    private static final Duration CATCH_UP_MAX = Duration.ofMinutes(4);
    private static final Duration QUIET = Duration.ofSeconds(3);
    private static final int SHOWN = 20;

    /** Three sessions; of each operation a line {@code time collection ids what outcome} in the log. */
    private static final String SESSIONS = """
            import sys, random, json, time, threading, datetime, chromadb, numpy as np
            port, seed, operations, log = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), open(sys.argv[4], "a", buffering=1)
            names = [f"col{i}" for i in range(12)]
            lock, counts = threading.Lock(), {}
            def session(number):
                rng, numbers, client = random.Random(seed * 100 + number), np.random.default_rng(seed * 100 + number), None
                def vectors(n): return numbers.standard_normal((n, 8), dtype=np.float32)
                def metadatas(n): return [{"n": rng.getrandbits(50), "score": rng.random(), "flag": rng.random() < 0.5} for _ in range(n)]
                def documents(n): return [f"text {rng.randrange(10**6)} é" for _ in range(n)]
                for operation in range(operations // 3):
                    name, other = rng.choice(names), rng.choice(names)
                    kind = rng.choices(["upsert", "add", "metadata", "vectors", "delete", "drop", "anew", "rename", "many", "burst"],
                                       [30, 15, 15, 10, 15, 3, 3, 2, 3, 1])[0]
                    ids = [f"a{rng.randrange(60)}" for _ in range(rng.randrange(1, 6))]
                    ids = list(dict.fromkeys(ids)) if kind != "many" else [f"a{i}" for i in range(400)]
                    n = len(ids)
                    everything = dict(ids=ids, embeddings=vectors(n), documents=documents(n), metadatas=metadatas(n))
                    pause, began, outcome = rng.expovariate(40), datetime.datetime.now(datetime.timezone.utc), "done"
                    try:
                        if client is None: client = chromadb.HttpClient(port=port)
                        def collection(): return client.get_or_create_collection(name, embedding_function=None)
                        if kind in ("upsert", "many"): collection().upsert(**everything)
                        elif kind == "add": collection().add(**everything)
                        elif kind == "metadata": collection().update(ids=ids, metadatas=everything["metadatas"])
                        elif kind == "vectors": collection().update(ids=ids, embeddings=everything["embeddings"])
                        elif kind == "delete": collection().delete(ids=ids)
                        elif kind == "drop": client.delete_collection(name)
                        elif kind == "anew":
                            client.delete_collection(name)
                            collection().add(**everything)
                        elif kind == "rename": collection().modify(name=other)
                        else:
                            for i in range(10):
                                made = client.get_or_create_collection(f"s{number}-{operation}-{i}", embedding_function=None)
                                made.add(ids=["x"], embeddings=vectors(1))
                            for i in range(0, 10, 2): client.delete_collection(f"s{number}-{operation}-{i}")
                    except Exception as e:
                        outcome = type(e).__name__ + " " + str(e)[:60].replace("\\n", " ")
                        if not hasattr(e, "code"): client = None
                        time.sleep(0.05)
                    shown = ids if n < 10 else ["*"]
                    log.write(f"{began.isoformat()} {datetime.datetime.now().time()} {name} {' '.join(shown)} {kind}{' to ' + other if kind == 'rename' else ''} {outcome}\\n")
                    counted = kind if outcome == "done" else "failed " + outcome.split(" ")[0]
                    with lock: counts[counted] = counts.get(counted, 0) + 1
                    time.sleep(pause)
            threads = [threading.Thread(target=session, args=(i,)) for i in range(3)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print(json.dumps(counts))
            """;

    /** As {@link SoakTarget} prints its rows. */
    private static final String READER = """
            import sys, json, chromadb
            port, out = int(sys.argv[1]), sys.argv[2]
            client = chromadb.HttpClient(port=port)
            with open(out, "w") as lines:
                for collection in client.list_collections(limit=10000):
                    found = client.get_collection(collection.name, embedding_function=None).get(include=["embeddings", "documents", "metadatas"])
                    for i, id in enumerate(found["ids"]):
                        values = dict(found["metadatas"][i] or {})
                        values["document"], values["embedding"] = found["documents"][i], [float(x) for x in found["embeddings"][i]]
                        lines.write(json.dumps([collection.name, id, {c: text(v) for c, v in values.items() if v is not None}]) + "\\n")
            """;

    @Test
    void theTargetHoldsEveryCollectionAsItIsAfterEverySeed() throws IOException, InterruptedException {
        List<String> failed = new ArrayList<>();
        for (long seed : SoakSettings.seeds()) {
            for (boolean log : List.of(false, true)) {
                Path own = DIRECTORY.resolve("chroma-%d%s".formatted(seed, log ? "-log" : ""));
                Directories.delete(own);
                Files.createDirectories(own);
                List<String> problems = run(seed, log, own);
                if (problems.isEmpty()) {
                    Directories.delete(own);
                } else {
                    failed.add("%d%s: %s".formatted(seed, log ? " by the log" : "", String.join("; ", problems)));
                }
            }
        }
        assertThat(failed)
                .as("seeds after which the copy was wrong, or a command was")
                .isEmpty();
    }

    /** @param byLog whether the server's own directory is read too */
    private static List<String> run(long seed, boolean byLog, Path own) throws IOException, InterruptedException {
        Random random = new Random(seed);
        OperationLog log = new OperationLog();
        Counters counters = new Counters();
        try (ChromaServer server = ChromaServer.forTest()) {
            Pipeline pipeline = new Pipeline(
                    own,
                    """
                    chroma:
                        url: %s
                        %srescan: 200ms""".formatted(server.url(), byLog ? "directory: %s%n    ".formatted(server.directory()) : ""),
                    "\"${collection}\"");
            try (SoakFerry ferry = new SoakFerry(pipeline, log, counters)) {
                List<String> problems = new ArrayList<>();
                try {
                    ferry.start();
                    Process sessions = sessions(seed, server, own);
                    for (int crash = 0; crash < CRASHES || sessions.isAlive(); crash++) {
                        ferry.superviseFor(Duration.ofMillis(PACE_MILLIS / 4 + random.nextInt(2 * PACE_MILLIS)));
                        if (crash < CRASHES) {
                            crash(random.nextInt(5), server, ferry, counters);
                        }
                    }
                    String said = new String(sessions.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertThat(sessions.waitFor()).as(said).isZero();
                    problems.addAll(compare(server, ferry, own));
                    System.out.printf(
                            "chroma, seed %d%s: %s, operations %s, %s%n",
                            seed,
                            byLog ? " by the log" : "",
                            problems.isEmpty() ? "passed" : "FAILED",
                            said.strip(),
                            counters);
                } catch (AssertionError e) {
                    problems.add(String.valueOf(e.getMessage()));
                }
                return problems;
            }
        }
    }

    private static void crash(int which, ChromaServer server, SoakFerry ferry, Counters counters) {
        switch (which) {
            case 0, 1 -> {
                counters.add(Kind.FERRY_KILL.name());
                ferry.kill();
            }
            case 2 -> {
                counters.add(Kind.FERRY_STOP.name());
                ferry.restart();
            }
            case 3 -> {
                counters.add("CHROMA_KILL");
                server.kill();
                server.startAgain();
            }
            default -> {
                counters.add("CHROMA_RESTART");
                server.stop();
                server.startAgain();
            }
        }
    }

    private static Process sessions(long seed, ChromaServer server, Path own) throws IOException {
        Path program = Files.writeString(own.resolve("sessions.py"), SESSIONS);
        return new ProcessBuilder(List.of(
                        PythonEnvironment.chroma().interpreter().toString(),
                        program.toString(),
                        Integer.toString(server.port()),
                        Long.toString(seed),
                        Integer.toString(OPERATIONS),
                        own.resolve("operations.log").toString()))
                .redirectErrorStream(true)
                .start();
    }

    private static List<String> compare(ChromaServer server, SoakFerry ferry, Path own) throws IOException {
        ferry.awaitFine(QUIET, CATCH_UP_MAX);
        List<SoakTarget.Difference> differences = differences(server, own);
        List<String> problems = new ArrayList<>();
        if (!differences.isEmpty()) {
            problems.add("%d rows are wrong, while the status said %s%n%s"
                    .formatted(differences.size(), ferry.lastStatus(), described(differences, own)));
        }
        var verified = ferry.verify();
        if (verified.exitCode() != (differences.isEmpty() ? 0 : 2)) {
            problems.add("verify is wrong about %d differences: %s".formatted(differences.size(), verified.output()));
        }
        return problems;
    }

    private static List<SoakTarget.Difference> differences(ChromaServer server, Path own) throws IOException {
        Path out = own.resolve("source.jsonl");
        PythonEnvironment.chroma().run(SoakTarget.TEXT + READER, Integer.toString(server.port()), out.toString());
        Map<String, Map<String, Map<String, String>>> source = SoakTarget.parse(Files.readAllLines(out));
        Map<String, Map<String, Map<String, String>>> target = new SoakTarget(own.resolve("lance")).rows(List.of());
        TreeSet<String> collections = new TreeSet<>(source.keySet());
        collections.addAll(target.keySet());
        List<SoakTarget.Difference> differences = new ArrayList<>();
        for (String collection : collections) {
            differences.addAll(SoakTarget.differences(
                    collection, source.getOrDefault(collection, Map.of()), target.getOrDefault(collection, Map.of())));
        }
        return differences;
    }

    private static String described(List<SoakTarget.Difference> differences, Path own) throws IOException {
        StringBuilder text = new StringBuilder();
        List<String> operations = Files.readAllLines(own.resolve("operations.log"));
        for (SoakTarget.Difference difference : differences.subList(0, Math.min(SHOWN, differences.size()))) {
            text.append("  %s%n".formatted(difference));
            operations.stream()
                    .filter(line -> List.of(line.split(" ", -1)).contains(difference.table()))
                    .filter(line -> List.of(line.split(" ", -1)).contains(difference.id())
                            || line.contains(" * ")
                            || !line.matches(".* (upsert|add|metadata|vectors|delete) .*"))
                    .forEach(line -> text.append("      %s%n".formatted(line)));
        }
        return text.toString();
    }
}
