package io.vectorferry.control.verify;

/**
 * @param sample rows that are compared component by component; 0: none
 * @param seed of the sample
 * @param repair whether what differs goes through the pipeline again
 * @param partBytes see {@link KeyedDifference#PART_BYTES}
 */
public record VerificationOptions(int sample, long seed, boolean repair, VectorTolerance tolerance, long partBytes) {
    public static final int DEFAULT_SAMPLE = 100;

    public static VerificationOptions of(int sample, long seed, boolean repair, VectorTolerance tolerance) {
        return new VerificationOptions(sample, seed, repair, tolerance, KeyedDifference.PART_BYTES);
    }
}
