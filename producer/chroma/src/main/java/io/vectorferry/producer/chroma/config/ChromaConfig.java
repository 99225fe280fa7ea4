package io.vectorferry.producer.chroma.config;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.stores.chroma.ChromaAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code source.chroma}.
 *
 * @param collections empty: all of the database, also those that are created later
 * @param maxLossPercent of the records, or of the collections, that may go at once before a person is asked
 * @param directory the server's own, where its log can be read
 * @param memory the directory in which the producer remembers what it has published
 */
public record ChromaConfig(
        ChromaAddress address,
        List<String> collections,
        Reading reading,
        int maxLossPercent,
        Optional<Path> directory,
        Path memory) {

    /**
     * @param pause at least this long between two looks, and as long as the look itself took
     * @param blockRows rows that one request reads
     */
    public record Reading(Duration pause, int blockRows, int parallelism) {}

    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(10);
    private static final int DEFAULT_BLOCK_ROWS = 1_000;
    private static final int MAX_BLOCK_ROWS = 10_000;
    private static final int DEFAULT_PARALLELISM = 4;
    private static final int MAX_PARALLELISM = 32;
    private static final int DEFAULT_MAX_LOSS_PERCENT = 50;

    public ChromaConfig {
        collections = List.copyOf(collections);
    }

    public static ChromaConfig from(Path dataDir, Section section) {
        ChromaConfig config = new ChromaConfig(
                ChromaAddress.from(section),
                collections(section),
                new Reading(
                        section.duration("rescan", DEFAULT_PAUSE),
                        section.integer("blockRows", DEFAULT_BLOCK_ROWS, 1, MAX_BLOCK_ROWS),
                        section.integer("parallelism", DEFAULT_PARALLELISM, 1, MAX_PARALLELISM)),
                section.integer("maxLossPercent", DEFAULT_MAX_LOSS_PERCENT, 0, 100),
                section.optionalText("directory").map(Path::of),
                dataDir.resolve("chroma"));
        section.done();
        return config;
    }

    private static List<String> collections(Section section) {
        List<String> names = section.texts("collections");
        if (names.stream().distinct().count() < names.size()) {
            section.problem("collections", "names a collection twice");
        }
        return names.stream().distinct().toList();
    }
}
