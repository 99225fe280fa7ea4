package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine of the embedded broker loses what its disk had not yet. */
class PowerLossTest {
    private static final int LOSSES = Integer.getInteger("ferry.test.losses", 2);
    private static final long SEED = Long.getLong("ferry.test.seed", 5);
    private static final int ROWS = 12_000;
    private static final int DIMENSION = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void nothingIsLostDoubledOrStaleWhenTheLogLosesWhatWasNotSynced() throws IOException {
        Random random = new Random(SEED);
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, SEED);
            Pipeline pipeline = new Pipeline(directory, server);
            long cut = 0;
            try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, SEED)) {
                for (int loss = 0; loss < LOSSES; loss++) {
                    cut += losePower(500 + random.nextInt(5_000), random.nextLong());
                }
                assertThat(writer.writes()).isPositive();
            }

            pipeline.catchUp();

            pipeline.assertTargetEqualsSource(source);
            assertThat(cut).as("bytes that were lost").isPositive();
        }
    }

    /** Returns how many bytes were lost. */
    private long losePower(int afterMillis, long seed) throws IOException {
        Path image = directory.resolve("image");
        FerryProcess.Ended ended;
        try (FerryProcess ferry = FerryProcess.start(
                directory,
                LosingPower.class,
                "pipeline.yaml",
                image.toString(),
                Integer.toString(afterMillis),
                Long.toString(seed))) {
            ended = ferry.awaitEnd(PATIENCE);
        }
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        Path kafka = directory.resolve("ferry-data/kafka");
        delete(kafka);
        Files.move(image, kafka);
        return ended.output().lines().mapToLong(LosingPower::cutIn).sum();
    }

    @Test
    void aLogThatEndsBeforeWhatWasReadOfItStopsFerryWithARemedyThatWorks() throws IOException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, 500, SEED);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.catchUp();
            Path whole = directory.resolve("whole");
            copy(directory.resolve("ferry-data"), whole);

            halve("articles.changes-");
            FerryProcess.Ended withoutChanges = pipeline.run(PATIENCE, "run", "--until", "caught-up");
            delete(directory.resolve("ferry-data"));
            copy(whole, directory.resolve("ferry-data"));
            halve("articles.records-");
            FerryProcess.Ended withoutRecords = pipeline.run(PATIENCE, "run", "--until", "caught-up");

            assertThat(withoutChanges.exitCode()).isEqualTo(1);
            assertThat(withoutChanges.output())
                    .contains("the topic has lost its newest records")
                    .contains("give the pipeline another name");
            assertThat(withoutRecords.exitCode()).isEqualTo(1);
            assertThat(withoutRecords.output())
                    .contains("the target has offset")
                    .contains("give the pipeline another name");

            String renamed = Files.readString(pipeline.file())
                    .replace("pipeline: articles", "pipeline: again")
                    .replace("table: articles", "table: again");
            Files.writeString(pipeline.file(), renamed);
            pipeline.catchUp();
            Map<String, String> copied =
                    new LanceTable(directory.resolve("lance"), "again").digests(SourceTable.COLUMNS);
            assertThat(copied).isEqualTo(source.digests());
        }
    }

    /** Takes the second half of each of the topic's segments, as a file system may after a crash. */
    private void halve(String partitions) throws IOException {
        Path log = directory.resolve("ferry-data/kafka/log");
        Files.deleteIfExists(log.resolve(".kafka_cleanshutdown"));
        try (Stream<Path> all = Files.walk(log)) {
            for (Path file : all.filter(Files::isRegularFile)
                    .filter(file ->
                            file.getName(file.getNameCount() - 2).toString().startsWith(partitions))
                    .toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".log")) {
                    try (RandomAccessFile segment = new RandomAccessFile(file.toFile(), "rw")) {
                        segment.setLength(segment.length() / 2);
                    }
                } else if (name.endsWith("index") || name.endsWith(".snapshot")) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path copied = to.resolve(from.relativize(path));
                if (path.getFileName().toString().endsWith("index")) {
                    continue; // of 10 MB each, and Kafka makes them anew
                }
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copied);
                } else {
                    Files.copy(path, copied);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
