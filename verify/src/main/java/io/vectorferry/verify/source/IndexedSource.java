package io.vectorferry.verify.source;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.verify.row.SourceEntry;
import java.util.List;

/** The source, searched the way its application searches it. For one thread. */
public interface IndexedSource extends AutoCloseable {
    /** The nearest rows that it finds, the nearest first; those that the pipeline leaves out among them. */
    List<SourceEntry> nearest(Vector query, int k, DistanceMetric metric);

    @Override
    void close();
}
