package io.vectorferry.verify.row;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.verify.row.RowHasher.RowHash;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A field in which two rows differ.
 *
 * @param how without its content
 */
public record FieldDifference(String field, String how) {
    /** The least cosine of equal directions when each component is rounded to float32. */
    private static final double SAME_DIRECTION = 1 - 1e-6;

    private static final double SAME_LENGTH = 1e-3;

    /** The vectors first, then the fields in the order of their names. */
    public static List<FieldDifference> between(Row expected, Row actual) {
        List<FieldDifference> differences = new ArrayList<>();
        vectors(expected, actual, differences);
        Map<String, Value> others = values(actual);
        values(expected).forEach((name, value) -> {
            Value other = others.remove(name);
            if (other == null) {
                differences.add(new FieldDifference(name, "not in the target"));
            } else if (!hashOf(name, value).equals(hashOf(name, other))) {
                differences.add(new FieldDifference(name, "another value"));
            }
        });
        others.keySet().forEach(name -> differences.add(new FieldDifference(name, "only in the target")));
        return differences;
    }

    private static Map<String, Value> values(Row row) {
        Map<String, Value> values = new TreeMap<>(Comparator.naturalOrder());
        for (Field field : row.fields()) {
            if (!(field.value() instanceof Value.Null)) {
                values.put(field.name(), field.value());
            }
        }
        return values;
    }

    /** Returns the hash of a field, by the rule of what is equal. */
    private static RowHash hashOf(String name, Value value) {
        Field alone = new Field(
                name,
                io.vectorferry.contracts.row.FieldType.of(io.vectorferry.contracts.row.FieldType.Name.TEXT),
                value);
        return new RowHasher().of(new Row(null, List.of(alone)));
    }

    /** Compares them by their names, unless each side has one. */
    private static void vectors(Row expected, Row actual, List<FieldDifference> differences) {
        if (expected.vectorCount() <= 1 && actual.vectorCount() <= 1) {
            vectors(expected.vectorColumn(), actual.vectorColumn(), differences);
            return;
        }
        for (VectorColumn column : expected.vectors()) {
            vectors(column, actual.vector(column.name()).orElse(null), differences);
        }
        for (VectorColumn column : actual.vectors()) {
            if (expected.vector(column.name()).isEmpty()) {
                vectors(null, column, differences);
            }
        }
    }

    private static void vectors(
            @org.jspecify.annotations.Nullable VectorColumn expected,
            @org.jspecify.annotations.Nullable VectorColumn actual,
            List<FieldDifference> differences) {
        Vector one = expected == null ? null : expected.vector();
        Vector other = actual == null ? null : actual.vector();
        if (expected != null && one != null && (actual == null || other == null)) {
            differences.add(new FieldDifference(expected.name(), "not in the target"));
        } else if (actual != null && other != null && (expected == null || one == null)) {
            differences.add(new FieldDifference(actual.name(), "only in the target"));
        } else if (expected != null && actual != null && one != null && other != null) {
            if (!expected.name().equals(actual.name())) {
                differences.add(new FieldDifference(expected.name(), "another name in the target"));
            } else if (one.element() != other.element()
                    || one.values().size() != other.values().size()) {
                differences.add(new FieldDifference(expected.name(), "another type or dimension"));
            } else if (!one.values().equals(other.values())) {
                differences.add(new FieldDifference(expected.name(), how(one, other)));
            }
        }
    }

    /** A vector that one side has normalised, or stored times two, keeps its direction. */
    private static String how(Vector one, Vector other) {
        VectorSimilarity likeness = VectorSimilarity.of(one, other);
        return likeness.cosine() > SAME_DIRECTION && likeness.normDrift() > SAME_LENGTH
                ? "the same direction, another length: normalized on one side only?"
                : bits(one, other);
    }

    private static String bits(Vector one, Vector other) {
        ByteBuffer ours = one.buffer();
        ByteBuffer theirs = other.buffer();
        int bits = 0;
        while (ours.hasRemaining()) {
            bits += Integer.bitCount((ours.get() ^ theirs.get()) & 0xFF);
        }
        return bits == 1 ? "one bit differs" : "%d bits differ".formatted(bits);
    }

    /** How much alike two vectors of one shape are. */
    public record VectorSimilarity(double cosine, double normDrift) {
        public static final VectorSimilarity NONE = new VectorSimilarity(0, 1);

        private static final int BYTE_BITS = 8;

        public static VectorSimilarity of(Vector one, Vector other) {
            if (one.values().equals(other.values())) {
                return new VectorSimilarity(1, 0);
            }
            if (one.element() != other.element() || one.dimension() != other.dimension()) {
                return NONE;
            }
            double[] ours = components(one);
            double[] theirs = components(other);
            double product = 0;
            double ourSquares = 0;
            double theirSquares = 0;
            for (int i = 0; i < ours.length; i++) {
                product += ours[i] * theirs[i];
                ourSquares += ours[i] * ours[i];
                theirSquares += theirs[i] * theirs[i];
            }
            double ourNorm = Math.sqrt(ourSquares);
            double theirNorm = Math.sqrt(theirSquares);
            return ourNorm == 0 || theirNorm == 0
                    ? NONE
                    : new VectorSimilarity(product / ourNorm / theirNorm, Math.abs(theirNorm - ourNorm) / ourNorm);
        }

        static double[] components(Vector vector) {
            double[] components = new double[vector.dimension()];
            ByteBuffer bytes = vector.buffer();
            int entries = vector.element() == io.vectorferry.contracts.row.VectorElement.SPARSE
                    ? vector.sparseEntries()
                    : components.length;
            for (int i = 0; i < entries; i++) {
                switch (vector.element()) {
                    case FLOAT32 -> components[i] = bytes.getFloat(i * Float.BYTES);
                    case FLOAT16 -> components[i] = Float.float16ToFloat(bytes.getShort(i * Short.BYTES));
                    case BFLOAT16 ->
                        components[i] = Float.intBitsToFloat(bytes.getShort(i * Short.BYTES) << Short.SIZE);
                    case INT8 -> components[i] = bytes.get(i);
                    case BINARY -> components[i] = (bytes.get(i / BYTE_BITS) >> (BYTE_BITS - 1 - i % BYTE_BITS)) & 1;
                    case SPARSE ->
                        components[bytes.getInt(i * Integer.BYTES)] = bytes.getFloat((entries + i) * Float.BYTES);
                }
            }
            return components;
        }
    }

    /**
     * Tolerated vector error, for a store that does not return vectors bit for bit.
     *
     * @param part tolerated error of a component, as a fraction of the largest component; 0 requires identical bits
     */
    public record VectorTolerance(double part) {
        public static final VectorTolerance EXACT = new VectorTolerance(0);

        public VectorTolerance orAtLeast(double least) {
            return part >= least ? this : new VectorTolerance(least);
        }

        /** Whether the rows differ in their vectors alone, and there by no more than that. */
        public boolean covers(Row expected, Row actual) {
            if (part == 0) {
                return false;
            }
            List<FieldDifference> differences = FieldDifference.between(expected, actual);
            return !differences.isEmpty()
                    && differences.stream()
                            .allMatch(difference -> isNear(
                                    expected.vector(difference.field()).flatMap(VectorColumn::value),
                                    actual.vector(difference.field()).flatMap(VectorColumn::value)));
        }

        private boolean isNear(Optional<Vector> one, Optional<Vector> other) {
            return one.isPresent() && other.isPresent() && isNear(one.get(), other.get());
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
}
