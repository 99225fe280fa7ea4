package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads who has made a mistake: what was tried, on what, and what to do; never a stack trace. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MisconfiguredTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private PostgresServer server;

    @TempDir
    Path directory;

    private Pipeline pipeline;

    @BeforeAll
    void startServer() {
        server = PostgresServer.forTest();
        SourceTable source = new SourceTable(server, 3);
        source.create();
        source.fill(1, 10, 1);
        source.execute("CREATE TABLE keyless (body text, embedding vector(3))");
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void writePipeline() {
        pipeline = new Pipeline(directory, server);
    }

    @Test
    void aMisspeltKeyIsNamedWithItsLineAndTheNearestKnownOne() {
        pipeline.write("taregts: []\n");
        FerryProcess.Ended ended = pipeline.run(TIMEOUT, "run");
        assertFailed(ended, 1, "taregts", "line 14", "targets");
    }

    @Test
    void unknownKindsOfSourceAndTargetAreNamedTogetherWithTheNearestKnownOnes() throws IOException {
        Files.writeString(
                pipeline.file(),
                Files.readString(pipeline.file())
                        .replace("postgres:", "postgre:")
                        .replace("lancedb:", "lancdb:"));
        assertFailed(
                pipeline.run(TIMEOUT, "run"), 1, "did you mean postgres?", "lancdb", "did you mean lancedb?", "line 4");
    }

    @Test
    void aMalformedFileIsNamedWithItsLine() throws IOException {
        Files.writeString(pipeline.file(), "pipeline: articles\nsource: {postgres: {url: x\n");
        assertFailed(pipeline.run(TIMEOUT, "run"), 1, "YAML", "line 3");
    }

    @Test
    void aMissingSecretIsNamed() {
        assertFailed(
                pipeline.run(TIMEOUT, "run", "--set", "source.postgres.password=${env:NO_SUCH_SECRET}"),
                1,
                "NO_SUCH_SECRET");
    }

    @Test
    void anUnknownTableIsAFailedCheckOfTheDoctor() {
        FerryProcess.Ended ended =
                pipeline.run(TIMEOUT, "doctor", "--set", "source.postgres.tables.0.name=public.artikles");
        assertFailed(ended, 2, "artikles");
    }

    @Test
    void anUnknownCollectionIsNotExported() {
        FerryProcess.Ended ended =
                pipeline.run(TIMEOUT, "export", "--output", "out.jsonl", "--collection", "public.artikles");
        assertFailed(ended, 1, "the source has no collection public.artikles, did you mean public.articles?");
    }

    @Test
    void anUnknownColumnIsAFailedCheckThatNamesTheNearest() {
        FerryProcess.Ended ended = pipeline.run(TIMEOUT, "doctor", "--set", "source.postgres.tables.0.vector=embeding");
        assertFailed(ended, 2, "embeding", "embedding");
    }

    @Test
    void aTableWithoutAPrimaryKeyIsRefusedWithTheSqlThatMendsIt() {
        FerryProcess.Ended ended =
                pipeline.run(TIMEOUT, "doctor", "--set", "source.postgres.tables.0.name=public.keyless");
        assertFailed(ended, 2, "ALTER TABLE", "PRIMARY KEY");
    }

    @Test
    void aTableWhoseRowsMayBeHiddenIsRefused() {
        new SourceTable(server, 3)
                .execute(
                        "CREATE TABLE guarded (id int PRIMARY KEY, embedding vector(3))",
                        "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
                        "CREATE ROLE least LOGIN REPLICATION",
                        "GRANT SELECT ON guarded TO least",
                        "CREATE PUBLICATION vectorferry_articles FOR TABLE guarded WITH (publish_via_partition_root = true)");
        try {
            String[] asLeast = {
                "--set", "source.postgres.user=least", "--set", "source.postgres.tables.0.name=public.guarded"
            };
            assertFailed(
                    pipeline.run(TIMEOUT, with("doctor", asLeast)), 2, "public.guarded has row level", "BYPASSRLS");
            assertFailed(pipeline.run(TIMEOUT, with("run", asLeast)), 1, "public.guarded has row level", "BYPASSRLS");
            String[] verify = Stream.concat(Stream.of("verify", "--no-pipeline"), Stream.of(asLeast))
                    .toArray(String[]::new);
            assertFailed(pipeline.run(TIMEOUT, verify), 1, "public.guarded has row level", "BYPASSRLS");
        } finally {
            new SourceTable(server, 3).execute("DROP PUBLICATION vectorferry_articles");
        }
    }

    private static String[] with(String command, String... options) {
        return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
    }

    @Test
    void runRefusesWhatTheDoctorRefuses() {
        FerryProcess.Ended ended =
                pipeline.run(TIMEOUT, "run", "--set", "source.postgres.tables.0.name=public.keyless");
        assertFailed(ended, 1, "PRIMARY KEY");
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutThePassword() {
        FerryProcess.Ended ended = pipeline.run(
                TIMEOUT,
                "doctor",
                "--set",
                "source.postgres.url=postgresql://127.0.0.1:1/postgres",
                "--set",
                "source.postgres.password=hush-hush");
        assertFailed(ended, 2, "127.0.0.1:1");
        assertThat(ended.output()).doesNotContain("hush-hush");
    }

    @Test
    void aKafkaThatIsNotThereIsAFailedCheckOfTheDoctor() {
        assertFailed(
                pipeline.run(TIMEOUT, "doctor", "--set", "kafka.bootstrap.servers=127.0.0.1:1"),
                2,
                "127.0.0.1:1",
                "kafka.bootstrap.servers");
    }

    @Test
    void aTransformThatNamesNoColumnIsAWarningAndABadFilterAFailedCheck() {
        pipeline.write("transform: [{filter: \"langage == 'en'\"}]\n");
        FerryProcess.Ended warned = pipeline.run(TIMEOUT, "doctor");
        assertThat(warned.output()).contains("langage", "Columns here");
        assertThat(warned.exitCode()).as(warned.output()).isZero();

        pipeline.write("transform: [{filter: \"lang = 'en'\"}]\n");
        assertFailed(pipeline.run(TIMEOUT, "doctor"), 2, "transform");
    }

    @Test
    void thePlanEstimatesWhatARunCostsAndTheSettingsShowTheirDefaults() {
        FerryProcess.Ended plan = pipeline.run(TIMEOUT, "plan");
        assertThat(plan.output()).contains("disk of Kafka", "WAL at the source", "time of the snapshot");
        FerryProcess.Ended settings = pipeline.run(TIMEOUT, "config", "show");
        assertThat(settings.output()).contains("kafka.partitions", "source.postgres.snapshot.parallelism", "default");
    }

    @Test
    void aWrongPasswordIsToldAsOne() throws IOException {
        // given a server that asks for passwords
        try (PostgresServer strict = PostgresServer.forTest(Map.of())) {
            SourceTable source = new SourceTable(strict, 3);
            source.create();
            source.execute("CREATE ROLE ferry LOGIN REPLICATION PASSWORD 'right'");
            strict.requirePasswords();
            FerryProcess.Ended ended = new Pipeline(directory, strict)
                    .run(
                            TIMEOUT,
                            "doctor",
                            "--set",
                            "source.postgres.user=ferry",
                            "--set",
                            "source.postgres.password=wrong");
            assertFailed(ended, 2, "password");
        }
    }

    @Test
    void aServerWithoutLogicalDecodingIsToldTheSetting() {
        try (PostgresServer plain = PostgresServer.forTest(Map.of("wal_level", "replica"))) {
            new SourceTable(plain, 3).create();
            assertFailed(
                    new Pipeline(directory, plain).run(TIMEOUT, "doctor"),
                    2,
                    "wal_level",
                    "ALTER SYSTEM SET wal_level");
        }
    }

    @Test
    void aServerWithoutAFreeSlotIsToldTheSetting() {
        try (PostgresServer full = PostgresServer.forTest(Map.of("max_replication_slots", "1"))) {
            SourceTable source = new SourceTable(full, 3);
            source.create();
            source.execute("SELECT pg_create_logical_replication_slot('theirs', 'pgoutput')");
            assertFailed(new Pipeline(directory, full).run(TIMEOUT, "doctor"), 2, "max_replication_slots");
        }
    }

    @Test
    void anUnknownOptionIsWrongUsage() {
        assertFailed(pipeline.run(TIMEOUT, "run", "--no-such-option"), 64, "--no-such-option");
    }

    private static void assertFailed(FerryProcess.Ended ended, int exitCode, String... words) {
        assertThat(ended.output()).contains(words).doesNotContain("\tat ");
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
    }
}
