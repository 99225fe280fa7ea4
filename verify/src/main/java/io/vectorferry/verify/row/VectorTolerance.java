package io.vectorferry.verify.row;

import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.util.List;
import java.util.Optional;

/**
 * For a store that does not give back the bits that it was given.
 *
 * @param part of the largest component by which any component may be off; 0: every bit counts
 */
public record VectorTolerance(double part) {
    public static final VectorTolerance EXACT = new VectorTolerance(0);

    /** Whether the rows differ in their vectors alone, and there by no more than that. */
    public boolean covers(Row expected, Row actual) {
        if (part == 0) {
            return false;
        }
        List<FieldDifference> differences = FieldDifference.between(expected, actual);
        Optional<Vector> one = expected.vector().flatMap(VectorColumn::value);
        Optional<Vector> other = actual.vector().flatMap(VectorColumn::value);
        return differences.size() == 1
                && one.isPresent()
                && other.isPresent()
                && differences
                        .getFirst()
                        .field()
                        .equals(expected.vector().orElseThrow().name())
                && isNear(one.get(), other.get());
    }

    private boolean isNear(Vector one, Vector other) {
        if (one.element() != other.element() || one.dimension() != other.dimension()) {
            return false;
        }
        double[] ours = VectorSimilarity.components(one);
        double[] theirs = VectorSimilarity.components(other);
        double largest = 0;
        double furthest = 0;
        for (int i = 0; i < ours.length; i++) {
            largest = Math.max(largest, Math.abs(ours[i]));
            furthest = Math.max(furthest, Math.abs(ours[i] - theirs[i]));
        }
        return furthest <= part * largest;
    }
}
