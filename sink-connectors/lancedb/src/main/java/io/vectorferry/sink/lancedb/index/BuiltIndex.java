package io.vectorferry.sink.lancedb.index;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexKind;
import io.vectorferry.sink.lancedb.config.VectorIndexSpec;
import io.vectorferry.sink.spi.VectorIndex;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A vector index that ferry has built, as the table's configuration remembers it: any other one is somebody else's and stays as
 * it is.
 *
 * @param trainedRows the table had when it was built, to which its partitions and bounds were fitted
 * @param addedRows have been added to it since
 */
public record BuiltIndex(VectorIndexSpec spec, long trainedRows, long addedRows) {
    /** The key for the first column of dense vectors; for another one, a dot and the column follow. */
    private static final String KEY = "vectorferry.index";

    /**
     * Property of an index that is about to be built: the process may end before it can record that it has built it.
     */
    private static final String INTENDED_KEY = "vectorferry.index.intended";

    public static BuiltIndex of(VectorIndexSpec spec, long rows) {
        return new BuiltIndex(spec, rows, 0);
    }

    /**
     * @param suffix empty for the first column of dense vectors, else a dot and the column
     * @param present what the table has; empty where ferry has not built it
     */
    public static Optional<BuiltIndex> in(Map<String, String> configuration, String suffix, VectorIndex present) {
        return Stream.of(KEY + suffix, INTENDED_KEY + suffix)
                .flatMap(key -> Optional.ofNullable(configuration.get(key)).flatMap(BuiltIndex::parse).stream())
                .filter(built -> built.spec.typeName().equals(present.type())
                        && present.metric().filter(built.spec.metric()::equals).isPresent())
                .findFirst();
    }

    private static Optional<BuiltIndex> parse(String text) {
        String[] words = text.split(" ", -1);
        try {
            VectorIndexSpec spec = new VectorIndexSpec(IndexKind.valueOf(words[0]), DistanceMetric.valueOf(words[1]));
            return Optional.of(new BuiltIndex(spec, Long.parseLong(words[2]), Long.parseLong(words[3])));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return Optional.empty(); // of another version
        }
    }

    /** Returns the properties to record before the index is built, beside those of the index that it replaces. */
    Map<String, String> intention(String suffix) {
        return Map.of(INTENDED_KEY + suffix, text());
    }

    /** Returns the properties to record when the index has been built or has grown. */
    Map<String, String> configuration(String suffix) {
        return Map.of(KEY + suffix, text(), INTENDED_KEY + suffix, "");
    }

    private String text() {
        return "%s %s %d %d".formatted(spec.kind(), spec.metric(), trainedRows, addedRows);
    }

    BuiltIndex with(long more) {
        return new BuiltIndex(spec, trainedRows, addedRows + more);
    }

    /** Most of its rows came after it was fitted to those that the table had. */
    boolean isOutgrown() {
        return addedRows >= trainedRows;
    }
}
