package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorColumn;
import java.util.List;
import java.util.Optional;

/** What the sampled rows were like. For one thread. */
final class SampleTally {
    /** A vector that is less alike than that fails the sample, whatever else is equal. */
    static final double LEAST_COSINE = 0.99;

    private long size;
    private long matched;
    private double minCosine = 1;
    private double maxNormDrift;

    void add(List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            if (outcome.expected().isPresent() && !(outcome.standing() instanceof Standing.InFlight)) {
                size++;
                matched += outcome.standing() instanceof Standing.Agreed ? 1 : 0;
                add(outcome.expected().get(), outcome.target());
            }
        }
    }

    private void add(Row expected, List<Row> target) {
        Optional<Vector> vector = expected.vector().flatMap(VectorColumn::value);
        if (vector.isEmpty() || target.isEmpty()) {
            return;
        }
        VectorLikeness likeness = target.getFirst()
                .vector()
                .flatMap(VectorColumn::value)
                .map(found -> VectorLikeness.of(vector.get(), found))
                .orElse(VectorLikeness.NONE);
        minCosine = Math.min(minCosine, likeness.cosine());
        maxNormDrift = Math.max(maxNormDrift, likeness.normDrift());
    }

    VerificationReport.Sample sample() {
        return new VerificationReport.Sample(size, matched, minCosine, maxNormDrift);
    }
}
