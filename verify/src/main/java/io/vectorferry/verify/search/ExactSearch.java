package io.vectorferry.verify.search;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.rules.Expected;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.search.Overlap.NearestRows;
import io.vectorferry.verify.search.Overlap.NearestRows.Near;
import io.vectorferry.verify.source.ExpectedRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Compares every row of the source, as the pipeline makes it, with every query, in one scan. For one thread. */
final class ExactSearch {
    private final List<float[]> queries;
    private final double[] queryLengths;
    private final List<NearestRows> nearest = new ArrayList<>();
    private final DistanceMetric metric;

    private ExactSearch(List<Vector> queries, int k, DistanceMetric metric) {
        this.queries = queries.stream().map(ExactSearch::floats).toList();
        this.queryLengths = this.queries.stream()
                .mapToDouble(query -> Math.sqrt(product(query, query)))
                .toArray();
        this.metric = metric;
        queries.forEach(query -> nearest.add(new NearestRows(k)));
    }

    /** The nearest rows of each query, the nearest first. */
    static List<List<Near>> of(
            ExpectedRows source, List<Vector> queries, SearchOptions options, DistanceMetric metric) {
        ExactSearch search = new ExactSearch(queries, options.k(), metric);
        Predicate<Row> holds = options.holds();
        source.scan(entry -> {
            if (entry.expected() instanceof Expected.Present(Row row) && holds.test(row)) {
                vector(entry).ifPresent(vector -> search.compare(entry, vector));
            }
        });
        return search.nearest.stream().map(NearestRows::nearestFirst).toList();
    }

    /** Returns the vector of a row that the target should hold. */
    static Optional<Vector> vector(ExpectedRow entry) {
        return entry.expected() instanceof Expected.Present(var row)
                ? row.vector().flatMap(VectorColumn::value)
                : Optional.empty();
    }

    private void compare(ExpectedRow entry, Vector vector) {
        float[] row = floats(vector);
        double length = Math.sqrt(product(row, row));
        for (int i = 0; i < queries.size(); i++) {
            float[] query = queries.get(i);
            if (query.length != row.length) {
                throw FerryException.misconfigured(
                        "query %d has dimension %d, the source's vectors have %d"
                                .formatted(i + 1, query.length, row.length),
                        "Use queries that the same model produced.");
            }
            double distance = distance(metric, query, queryLengths[i], row, length);
            // Of a zero vector there is no cosine, and no store finds it by one.
            if (!Double.isNaN(distance)) {
                nearest.get(i).offer(entry.id(), distance, length);
            }
        }
    }

    /** NaN where a zero vector has no cosine. */
    static double distance(DistanceMetric metric, Vector query, Vector row) {
        return distance(metric, floats(query), length(query), floats(row), length(row));
    }

    private static double distance(
            DistanceMetric metric, float[] query, double queryLength, float[] row, double rowLength) {
        return switch (metric) {
            case L2 -> squares(query, row);
            case DOT -> 1 - product(query, row);
            case COSINE -> 1 - product(query, row) / (queryLength * rowLength);
        };
    }

    static float[] floats(Vector vector) {
        if (vector.element() != VectorElement.FLOAT32) {
            throw FerryException.misconfigured(
                    "searches are compared by float32 vectors only, not " + vector.element(),
                    "Choose a float32 vector with --vector, or remove --top-k and --queries.");
        }
        float[] floats = new float[vector.dimension()];
        vector.buffer().asFloatBuffer().get(floats);
        return floats;
    }

    static double length(Vector vector) {
        float[] floats = floats(vector);
        return Math.sqrt(product(floats, floats));
    }

    private static double product(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }

    private static double squares(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            double difference = (double) one[i] - other[i];
            sum += difference * difference;
        }
        return sum;
    }
}
