package io.vectorferry.verify.diff;

import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import java.time.Duration;

/**
 * @param sample rows that are compared component by component; 0: none
 * @param seed of the sample
 * @param repair whether what differs goes through the pipeline again
 * @param partBytes see {@link KeyedDifference#PART_BYTES}
 * @param checkpointEvery how much of a scan a killed run repeats
 */
public record VerificationOptions(
        int sample, long seed, boolean repair, VectorTolerance tolerance, long partBytes, Duration checkpointEvery) {
    public static final int DEFAULT_SAMPLE = 100;

    public static VerificationOptions of(
            int sample, long seed, boolean repair, VectorTolerance tolerance, Duration checkpointEvery) {
        return new VerificationOptions(sample, seed, repair, tolerance, KeyedDifference.PART_BYTES, checkpointEvery);
    }
}
