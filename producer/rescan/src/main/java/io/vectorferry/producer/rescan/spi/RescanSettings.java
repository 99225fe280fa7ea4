package io.vectorferry.producer.rescan.spi;

import io.vectorferry.contracts.config.Section;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The keys of a source's section that every re-scanned store has.
 *
 * @param kind of the source, as in pipeline.yaml
 * @param collections empty: all of the database, also those that are created later
 * @param pause between two looks; after a look that read everything at least as long as the look took
 * @param rowsPerSecond that are read at most; 0: as many as possible
 * @param parallelism blocks that are published at once
 * @param maxLossPercent of the rows, or of the collections, that may go at once before a person is asked
 * @param memory the directory in which the producer remembers what it has published
 */
public record RescanSettings(
        String kind,
        List<String> collections,
        Duration pause,
        int rowsPerSecond,
        int parallelism,
        int maxLossPercent,
        Path memory) {
    private static final int DEFAULT_PARALLELISM = 4;
    private static final int MAX_PARALLELISM = 32;
    private static final int DEFAULT_MAX_LOSS_PERCENT = 50;

    /** Heap for one row: its entry, its key as a text of up to 20 characters, and its place in the table of entries. */
    private static final long MEMORY_BYTES_PER_ROW = 150;

    public RescanSettings {
        collections = List.copyOf(collections);
    }

    /** @param list the key that lists the collections */
    public static RescanSettings from(String kind, Path dataDir, Section section, String list, Duration pause) {
        List<String> names = section.texts(list);
        if (names.stream().distinct().count() < names.size()) {
            section.problem(list, "names one of them twice");
        }
        return new RescanSettings(
                kind,
                names.stream().distinct().toList(),
                section.duration("rescan", pause),
                section.integer("rowsPerSecond", 0, 0, Integer.MAX_VALUE),
                section.integer("parallelism", DEFAULT_PARALLELISM, 1, MAX_PARALLELISM),
                section.integer("maxLossPercent", DEFAULT_MAX_LOSS_PERCENT, 0, 100),
                dataDir.resolve(kind));
    }

    public boolean isWanted(String collection) {
        return collections.isEmpty() || collections.contains(collection);
    }

    /** Returns about how much heap the producer needs to remember so many rows. */
    public static long memoryBytes(long rows) {
        return rows * MEMORY_BYTES_PER_ROW;
    }
}
