package io.vectorferry.app.soak;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.vectorferry.app.e2e.FerryProcess;
import io.vectorferry.app.e2e.Pipeline;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One seed from PostgreSQL to LanceDB: sessions write, the schema changes, processes crash, and at the end both sides are compared. */
final class SoakRun {
    private static final Duration CATCH_UP_MAX = Duration.ofMinutes(4);
    /** Longer than the tables are watched for alterations: one that was made last is known by then. */
    private static final Duration QUIET = Duration.ofSeconds(5);

    private static final Duration SESSIONS_MAX = Duration.ofMinutes(5);
    private static final int SHOWN = 40;
    private static final int WITH_HISTORY = 4;

    private final long seed;
    private final SoakSettings settings;
    private final Path directory;
    private final OperationLog log = new OperationLog();
    private final Counters counters = new Counters();

    SoakRun(long seed, SoakSettings settings, Path directory) {
        this.seed = seed;
        this.settings = settings;
        this.directory = directory;
    }

    /**
     * What a run has shown.
     *
     * @param problems empty when the target is right and every command says so
     */
    record Result(long seed, Counters counters, List<String> problems) {
        boolean passed() {
            return problems.isEmpty();
        }
    }

    private record Event(Kind kind, long seed, Duration pause) {}

    Result run() throws IOException, SQLException, InterruptedException {
        Files.createDirectories(directory);
        try (PostgresServer server = PostgresServer.forTest(SoakSource.SERVER_SETTINGS)) {
            SoakSource source = new SoakSource(server);
            source.create(new Random(seed));
            Pipeline pipeline = new Pipeline(directory, yaml(server), "\"${collection}\"");
            try (SoakFerry ferry = new SoakFerry(pipeline, log, counters)) {
                List<String> problems = new ArrayList<>();
                try {
                    history(server, source, ferry);
                    problems.addAll(compare(source, ferry));
                } catch (AssertionError e) {
                    problems.add(String.valueOf(e.getMessage()));
                }
                return new Result(seed, counters, problems);
            }
        }
    }

    private static String yaml(PostgresServer server) {
        StringBuilder tables = new StringBuilder();
        for (SoakTable table : SoakTable.values()) {
            tables.append("%n      - {name: public.%s, vector: embedding}".formatted(table.sqlName));
        }
        return """
                postgres:
                    url: %s
                    user: %s
                    tables:%s""".formatted(server.url("postgres"), server.user(), tables);
    }

    private List<Event> plan() {
        Random random = new Random(seed);
        List<Kind> kinds = new ArrayList<>();
        Map<Kind.Family, Integer> counts = Map.of(
                Kind.Family.SCHEMA, settings.schemaChanges(),
                Kind.Family.CRASH, settings.crashes(),
                Kind.Family.STANDBY, settings.slowStandbys());
        for (Kind.Family family : List.of(Kind.Family.SCHEMA, Kind.Family.CRASH, Kind.Family.STANDBY)) {
            for (int i = 0; i < counts.getOrDefault(family, 0); i++) {
                kinds.add(Kind.draw(random, family));
            }
        }
        Collections.shuffle(kinds, random);
        List<Event> events = new ArrayList<>();
        for (Kind kind : kinds) {
            // A third follows at once.
            double share = random.nextInt(3) == 0 ? random.nextDouble() * 0.2 : 0.4 + random.nextDouble() * 1.9;
            Event event = new Event(kind, random.nextLong(), Duration.ofMillis((long)
                    (share * settings.pace().toMillis())));
            if (settings.has(kind)) {
                events.add(event);
            }
        }
        return events;
    }

    private void history(PostgresServer server, SoakSource source, SoakFerry ferry)
            throws SQLException, IOException, InterruptedException {
        Pace pace = new Pace(settings.transactions(), settings.events(), settings.sessions(), settings.pace());
        List<WritingSession> sessions = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int session = 0; session < settings.sessions(); session++) {
            WritingSession writing = new WritingSession(source, log, settings, counters, pace, seed, session);
            sessions.add(writing);
            threads.add(Thread.ofPlatform().daemon().name("session-" + session).start(writing));
        }
        ferry.start();
        try {
            SchemaEvents schema = new SchemaEvents(source, log);
            for (Event event : plan()) {
                ferry.superviseFor(event.pause());
                while (!pace.isReached() && threads.stream().anyMatch(Thread::isAlive)) {
                    ferry.superviseFor(Duration.ofMillis(200));
                }
                happen(event, server, source, ferry, schema);
                pace.advance();
            }
        } finally {
            pace.finish();
        }
        for (Thread thread : threads) {
            thread.join(SESSIONS_MAX);
        }
        for (WritingSession session : sessions) {
            Exception failure = session.failure();
            if (failure != null) {
                throw new IllegalStateException("a session of the application failed", failure);
            }
        }
        finishPrepared(source);
    }

    private static void finishPrepared(SoakSource source) throws SQLException {
        try (Connection connection = source.connectAgain()) {
            for (String name : SoakSource.texts(connection, "SELECT gid FROM pg_prepared_xacts")) {
                SoakSource.execute(connection, "ROLLBACK PREPARED '%s'".formatted(name));
            }
        }
    }

    private void happen(Event event, PostgresServer server, SoakSource source, SoakFerry ferry, SchemaEvents schema)
            throws SQLException {
        Random random = new Random(event.seed());
        switch (event.kind().family) {
            case SCHEMA -> {
                if (schema.happen(event.kind(), random).isEmpty()) {
                    counters.add("nothing to " + event.kind());
                    return;
                }
            }
            case CRASH -> crash(event.kind(), server, source, ferry, random);
            case STANDBY -> slowStandby(source, ferry, schema, random);
            case STATEMENT, TRANSACTION -> throw new IllegalStateException(event.kind() + " is for a session");
        }
        counters.add(event.kind().name());
    }

    private void crash(Kind kind, PostgresServer server, SoakSource source, SoakFerry ferry, Random random)
            throws SQLException {
        switch (kind) {
            case FERRY_KILL -> ferry.kill();
            case FERRY_STOP -> ferry.restart();
            case POSTGRES_KILL -> {
                log.add("PostgreSQL kill -9");
                server.kill();
                ferry.superviseFor(Duration.ofMillis(random.nextInt(500)));
                server.startAgain();
            }
            case POSTGRES_RESTART -> {
                log.add("PostgreSQL restart");
                server.stop();
                server.startAgain();
            }
            case POSTGRES_RESTORE -> {
                log.add("PostgreSQL is copied");
                server.stop();
                server.keepCopy();
                server.startAgain();
                ferry.superviseFor(settings.pace().plusMillis(random.nextInt(3_000)));
                server.stop();
                server.putBackCopy();
                server.startAgain();
                log.add("PostgreSQL is what it was when it was copied");
                try (Connection connection = source.connectAgain()) {
                    source.refresh(connection);
                }
            }
            default -> throw new IllegalStateException(kind + " is no crash");
        }
    }

    /** An alteration that is read again, of which the mark comes while commits wait. */
    private void slowStandby(SoakSource source, SoakFerry ferry, SchemaEvents schema, Random random)
            throws SQLException {
        if (settings.has(Kind.ADD_COLUMN_DEFAULT)) {
            schema.happen(Kind.ADD_COLUMN_DEFAULT, random);
        }
        try (Connection connection = source.connectAgain()) {
            log.add("commits wait");
            SoakSource.execute(
                    connection, "ALTER SYSTEM SET synchronous_standby_names = 'absent'", "SELECT pg_reload_conf()");
            ferry.superviseFor(Duration.ofMillis(1_000 + random.nextInt(3_000)));
            SoakSource.execute(connection, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
            log.add("commits wait no longer");
        }
    }

    private List<String> compare(SoakSource source, SoakFerry ferry) throws SQLException {
        ferry.awaitFine(QUIET, CATCH_UP_MAX);
        String status = ferry.lastStatus();
        List<SoakTarget.Difference> differences = differences(source);
        if (!differences.isEmpty()) {
            ferry.awaitFine(QUIET.multipliedBy(3), CATCH_UP_MAX);
            List<SoakTarget.Difference> later = differences(source);
            if (later.isEmpty()) {
                return List.of(described("right later, while the status said %s".formatted(status), differences));
            }
            differences = later;
        }
        List<String> problems = new ArrayList<>();
        if (!differences.isEmpty()) {
            problems.add(described("wrong, while the status said %s".formatted(status), differences));
        }
        FerryProcess.Ended verified = ferry.verify();
        if (verified.exitCode() != (differences.isEmpty() ? 0 : 2)) {
            problems.add("verify is wrong about %d differences, exit code %d: %s"
                    .formatted(differences.size(), verified.exitCode(), verified.output()));
        }
        if (!differences.isEmpty()) {
            problems.add("dead letters: " + ferry.deadLetters());
        }
        return problems;
    }

    private List<SoakTarget.Difference> differences(SoakSource source) throws SQLException {
        Map<String, Map<String, Map<String, String>>> target = new SoakTarget(directory.resolve("lance"))
                .rows(Stream.of(SoakTable.values()).map(table -> table.sqlName).toList());
        List<SoakTarget.Difference> differences = new ArrayList<>();
        for (SoakTable table : SoakTable.values()) {
            differences.addAll(SoakTarget.differences(
                    table.sqlName, source.rows(table), target.getOrDefault(table.sqlName, Map.of())));
        }
        return differences;
    }

    private String described(String what, List<SoakTarget.Difference> differences) {
        StringBuilder text = new StringBuilder("%d rows are %s%n".formatted(differences.size(), what));
        Map<String, Long> kinds = differences.stream()
                .collect(groupingBy(
                        difference -> difference.table() + " " + difference.kind(), TreeMap::new, counting()));
        text.append("  %s%n".formatted(kinds));
        Map<String, Integer> shown = new HashMap<>();
        for (SoakTarget.Difference difference : differences) {
            int number = shown.merge(difference.table() + " " + difference.kind(), 1, Integer::sum);
            if (number <= SHOWN) {
                text.append("  %s%n".formatted(difference));
            }
            if (number <= WITH_HISTORY) {
                for (String operation :
                        log.of(difference.table(), difference.id().replace(" (again)", ""))) {
                    text.append("      %s%n".formatted(operation));
                }
            }
        }
        return text.toString();
    }
}
