package io.vectorferry.producer.spi;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import java.util.List;

/** A collection, searched the way its application searches it: by its own index where it has one. For one thread. */
public interface SourceSearch extends AutoCloseable {
    /** The nearest rows, the nearest first. */
    List<SourceRow> nearest(Vector query, int k, DistanceMetric metric);

    @Override
    void close();
}
