package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.row.DistanceMetric;
import java.util.Optional;

/** The operators and operator classes of pgvector for a column's type. */
public final class VectorOperators {
    private static final String BIT = "bit";

    private VectorOperators() {}

    /** Returns the operator whose order is that of the metric; bits are compared by the number of those that differ. */
    public static String operator(StoredColumn column, DistanceMetric metric) {
        if (isBits(column)) {
            return "<~>";
        }
        return switch (metric) {
            case L2 -> "<->";
            case COSINE -> "<=>";
            case DOT -> "<#>";
        };
    }

    public static String operatorClass(StoredColumn column, DistanceMetric metric) {
        if (isBits(column)) {
            return "bit_hamming_ops";
        }
        String suffix =
                switch (metric) {
                    case L2 -> "l2";
                    case COSINE -> "cosine";
                    case DOT -> "ip";
                };
        return "%s_%s_ops".formatted(column.catalog().typeName(), suffix);
    }

    /** Empty for a class of another metric than ours. */
    public static Optional<DistanceMetric> metric(String operatorClass) {
        if (operatorClass.endsWith("_l2_ops")) {
            return Optional.of(DistanceMetric.L2);
        }
        if (operatorClass.endsWith("_cosine_ops")) {
            return Optional.of(DistanceMetric.COSINE);
        }
        return operatorClass.endsWith("_ip_ops") ? Optional.of(DistanceMetric.DOT) : Optional.empty();
    }

    /** Returns the distance as every store's reader gives it, from what the operator gives. */
    public static double distance(StoredColumn column, DistanceMetric metric, double given) {
        if (isBits(column)) {
            return given;
        }
        return switch (metric) {
            case L2 -> given * given;
            case COSINE -> given;
            case DOT -> 1 + given;
        };
    }

    private static boolean isBits(StoredColumn column) {
        return column.catalog().typeName().endsWith(BIT);
    }
}
