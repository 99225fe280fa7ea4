package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.Vector;
import java.util.List;

/** The source, searched the way its application searches it. For one thread. */
public interface IndexedSource extends AutoCloseable {
    /** The nearest rows that it finds, the nearest first; those that the pipeline leaves out among them. */
    List<SourceEntry> nearest(Vector query, int k, DistanceMetric metric);

    @Override
    void close();
}
