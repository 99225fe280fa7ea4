package io.vectorferry.sink.lancedb.config;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexKind;
import org.lance.index.DistanceType;
import org.lance.index.IndexType;
import org.lance.index.vector.HnswBuildParams;
import org.lance.index.vector.IvfBuildParams;
import org.lance.index.vector.PQBuildParams;
import org.lance.index.vector.SQBuildParams;
import org.lance.index.vector.VectorIndexParams;

/** A vector index that is wanted: its kind, which is neither AUTO nor NONE, and its metric. */
public record VectorIndexSpec(IndexKind kind, DistanceMetric metric) {
    private static final int ROWS_PER_PARTITION = 8_192;

    /** A client that sets no option looks into 20 partitions: with no more, none of the nearest rows is overlooked. */
    private static final int PARTITIONS_SEARCHED = 20;

    /** Size at which reading a whole index takes too long for a search, and more partitions are created. */
    private static final int MAX_ROWS_PER_PARTITION = 65_536;

    private static final int MAX_PARTITIONS = 4_096;
    private static final int KMEANS_ITERATIONS = 10;
    private static final int SAMPLES_PER_CENTROID = 32;
    private static final int HNSW_EDGES = 16;
    private static final int HNSW_CONSTRUCTION = 100;
    private static final int HNSW_LEVELS = 7;
    private static final int DIMENSIONS_PER_SUBVECTOR = 16;
    private static final int PQ_BITS = 8;

    /** IVF_SQ for DOT would be IVF_FLAT: Lance before 14 ranks such codes without their offset, and finds nothing. */
    public static VectorIndexSpec of(IndexKind configured, DistanceMetric metric) {
        boolean flat = configured == IndexKind.AUTO || (configured == IndexKind.IVF_SQ && metric == DistanceMetric.DOT);
        return new VectorIndexSpec(flat ? IndexKind.IVF_FLAT : configured, metric);
    }

    /** Returns the name in Lance's statistics. */
    public String typeName() {
        return kind.name();
    }

    public IndexType type() {
        return IndexType.valueOf(kind.name());
    }

    /** All partitions are searched, so it does not matter which row is in which of them. */
    public boolean searchedWhole(long rows) {
        return kind == IndexKind.IVF_FLAT && partitions(rows) <= PARTITIONS_SEARCHED;
    }

    /**
     * Returns the parameters of a part of an index that is searched completely: one partition with a given centroid,
     * so that nothing is trained or sorted.
     */
    public VectorIndexParams partParams(int dimension) {
        float[] centroid = new float[dimension];
        centroid[0] = 1; // has a direction, as cosine needs it
        return params(ivf(1).setCentroids(centroid).build(), dimension);
    }

    public VectorIndexParams params(long rows, int dimension) {
        return params(ivf(partitions(rows)).build(), dimension);
    }

    private static IvfBuildParams.Builder ivf(int partitions) {
        return new IvfBuildParams.Builder()
                .setNumPartitions(partitions)
                .setMaxIters(KMEANS_ITERATIONS)
                .setSampleRate(SAMPLES_PER_CENTROID);
    }

    private VectorIndexParams params(IvfBuildParams ivf, int dimension) {
        DistanceType distance = StoredVectorIndex.distance(metric);
        return switch (kind) {
            case IVF_FLAT, AUTO, NONE ->
                new VectorIndexParams.Builder(ivf).setDistanceType(distance).build();
            case IVF_SQ ->
                new VectorIndexParams.Builder(ivf)
                        .setDistanceType(distance)
                        .setSqParams(new SQBuildParams.Builder().build())
                        .build();
            case IVF_PQ ->
                VectorIndexParams.withIvfPqParams(
                        distance,
                        ivf,
                        new PQBuildParams.Builder()
                                .setNumSubVectors(subVectors(dimension))
                                .setNumBits(PQ_BITS)
                                .setMaxIters(KMEANS_ITERATIONS)
                                .setSampleRate(SAMPLES_PER_CENTROID)
                                .build());
            case IVF_HNSW_SQ ->
                VectorIndexParams.withIvfHnswSqParams(
                        distance,
                        ivf,
                        new HnswBuildParams.Builder()
                                .setMaxLevel((short) HNSW_LEVELS)
                                .setM(HNSW_EDGES)
                                .setEfConstruction(HNSW_CONSTRUCTION)
                                .build(),
                        new SQBuildParams.Builder().build());
        };
    }

    private static int partitions(long rows) {
        long searchedWhole = Math.clamp(rows / ROWS_PER_PARTITION, 1, PARTITIONS_SEARCHED);
        return Math.clamp(rows / MAX_ROWS_PER_PARTITION, (int) searchedWhole, MAX_PARTITIONS);
    }

    /** It must divide the dimension. */
    private static int subVectors(int dimension) {
        int count = Math.max(1, dimension / DIMENSIONS_PER_SUBVECTOR);
        while (dimension % count != 0) {
            count--;
        }
        return count;
    }
}
