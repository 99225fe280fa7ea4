package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.sink.lancedb.LanceDbConfig.IndexKind;
import io.vectorferry.sink.spi.VectorIndex;
import java.util.Map;
import java.util.Optional;

/**
 * A vector index that ferry has built, as the table's configuration remembers it: any other one is somebody else's and stays as
 * it is.
 *
 * @param trainedRows the table had when it was built, to which its partitions and bounds were fitted
 * @param addedRows have been added to it since
 */
record BuiltIndex(VectorIndexSpec spec, long trainedRows, long addedRows) {
    private static final String KEY = "vectorferry.index";

    static BuiltIndex of(VectorIndexSpec spec, long rows) {
        return new BuiltIndex(spec, rows, 0);
    }

    /** @param present what the table has; empty where ferry has not built it */
    static Optional<BuiltIndex> in(Map<String, String> configuration, VectorIndex present) {
        return Optional.ofNullable(configuration.get(KEY))
                .flatMap(BuiltIndex::parse)
                .filter(built -> built.spec.typeName().equals(present.type())
                        && present.metric().filter(built.spec.metric()::equals).isPresent());
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

    Map<String, String> configuration() {
        return Map.of(KEY, "%s %s %d %d".formatted(spec.kind(), spec.metric(), trainedRows, addedRows));
    }

    BuiltIndex with(long more) {
        return new BuiltIndex(spec, trainedRows, addedRows + more);
    }

    /** Most of its rows came after it was fitted to those that the table had. */
    boolean isOutgrown() {
        return addedRows >= trainedRows;
    }
}
