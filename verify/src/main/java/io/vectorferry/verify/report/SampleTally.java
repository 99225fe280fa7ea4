package io.vectorferry.verify.report;

import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.verify.row.SettledSuspect;
import io.vectorferry.verify.row.VectorSimilarity;
import io.vectorferry.verify.row.Verdict;
import java.util.List;
import java.util.Optional;

/** What the sampled rows were like. For one thread. */
public final class SampleTally {
    /** A vector that is less alike than that fails the sample, whatever else is equal. */
    static final double LEAST_COSINE = 0.99;

    private long size;
    private long matched;
    private double minCosine = 1;
    private double maxNormDrift;

    public void add(List<SettledSuspect> outcomes) {
        for (SettledSuspect outcome : outcomes) {
            if (outcome.expected().isPresent() && !(outcome.standing() instanceof Verdict.InFlight)) {
                size++;
                matched += outcome.standing() instanceof Verdict.Agreed ? 1 : 0;
                add(outcome.expected().get(), outcome.target());
            }
        }
    }

    private void add(Row expected, List<Row> target) {
        Optional<Vector> vector = expected.vector().flatMap(VectorColumn::value);
        if (vector.isEmpty() || target.isEmpty()) {
            return;
        }
        VectorSimilarity likeness = target.getFirst()
                .vector()
                .flatMap(VectorColumn::value)
                .map(found -> VectorSimilarity.of(vector.get(), found))
                .orElse(VectorSimilarity.NONE);
        minCosine = Math.min(minCosine, likeness.cosine());
        maxNormDrift = Math.max(maxNormDrift, likeness.normDrift());
    }

    public VerificationReport.Sample sample() {
        return new VerificationReport.Sample(size, matched, minCosine, maxNormDrift);
    }
}
