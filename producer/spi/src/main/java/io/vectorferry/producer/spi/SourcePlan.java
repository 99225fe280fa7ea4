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
     * @param vector the vector's column; empty when there is none
     */
    public record CollectionPlan(
            String collection, @Nullable Long rows, long bytes, String vector, String vectorType, List<String> fields) {
        public CollectionPlan {
            fields = List.copyOf(fields);
        }

        /** Returns the columns of the vector and the payload. */
        public List<String> columns() {
            List<String> columns = new ArrayList<>(fields);
            columns.add(vector);
            return columns;
        }
    }
}
