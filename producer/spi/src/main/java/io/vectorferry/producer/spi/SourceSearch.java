package io.vectorferry.producer.spi;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import java.util.List;

/** Searches a collection the way its application does, using its index if there is one. Not thread-safe. */
public interface SourceSearch extends AutoCloseable {
    /** The nearest rows, the nearest first. */
    List<SourceRow> nearest(Vector query, int k, DistanceMetric metric);

    @Override
    void close();
}
