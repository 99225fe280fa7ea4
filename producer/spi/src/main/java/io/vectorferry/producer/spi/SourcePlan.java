package io.vectorferry.producer.spi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The objects that a run would create, and the tables that it would read, at the source.
 *
 * @param creates each object that a run would create, as a statement or a sentence
 */
public record SourcePlan(List<String> creates, List<CollectionPlan> collections) {
    public SourcePlan {
        creates = List.copyOf(creates);
        collections = List.copyOf(collections);
    }

    /**
     * @param rows about how many there are; null if they could not be counted in time
     * @param bytes that a snapshot reads, estimated
     */
    public record CollectionPlan(
            String collection, @Nullable Long rows, long bytes, List<PlannedVector> vectors, List<String> fields) {
        public CollectionPlan {
            vectors = List.copyOf(vectors);
            fields = List.copyOf(fields);
        }

        /** Returns the columns of the vectors and the payload. */
        public List<String> columns() {
            List<String> columns = new ArrayList<>(fields);
            vectors.forEach(vector -> columns.add(vector.column()));
            return columns;
        }
    }

    /** @param type in the source's own word */
    public record PlannedVector(String column, String type) {}
}
