package io.vectorferry.sink.spi;

import io.vectorferry.contracts.row.DistanceMetric;
import java.util.Optional;

/**
 * The vector index of a table as the target itself describes it.
 *
 * @param type in the target's own word
 * @param metric by which it was built; empty where it is none of ours
 * @param unindexedRows that are searched beside it, or not at all, as the target does it
 */
public record VectorIndex(String type, Optional<DistanceMetric> metric, long unindexedRows) {}
