package io.vectorferry.verify.search;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.verify.search.Overlap.NearestRows.Near;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * The part of the nearest rows that was found.
 *
 * @param part 1: all of them, or rows as near
 * @param scoreDrift the largest between a found row's score and its distance, as a part of the distance where that is
 *     above 1
 */
record Overlap(double part, double scoreDrift) {
    /** Stores add up in single precision and in an order of their own. */
    private static final double TIE = 1e-6;

    static Overlap of(List<Near> nearest, List<Hit> hits, int k, DistanceMetric metric) {
        int expected = Math.min(k, nearest.size());
        if (expected == 0) {
            return new Overlap(hits.isEmpty() ? 1 : 0, 0);
        }
        double last = nearest.get(expected - 1).distance();
        double margin = TIE * scale(last, metric);
        Map<TargetKey.Id, Double> near = new HashMap<>();
        nearest.stream()
                .filter(row -> row.distance() <= last + margin)
                .forEach(row -> near.put(row.id(), row.distance()));
        boolean moreTies = near.size() == k + NearestRows.MAX_TIES;
        Set<TargetKey.Id> nearer = new HashSet<>();
        Set<TargetKey.Id> tied = new HashSet<>();
        double drift = 0;
        for (Hit hit : hits.subList(0, Math.min(k, hits.size()))) {
            Double distance = near.get(hit.id());
            if (distance != null) {
                (distance < last - margin ? nearer : tied).add(hit.id());
                drift = Math.max(drift, Math.abs(hit.score() - distance) / Math.max(1, Math.abs(distance)));
            } else if (moreTies && hit.score() <= last + margin) {
                tied.add(hit.id());
            }
        }
        long mustBeFound = near.values().stream()
                .filter(distance -> distance < last - margin)
                .count();
        long found = nearer.size() + Math.min(tied.size(), expected - mustBeFound);
        return new Overlap((double) found / expected, drift);
    }

    /** A squared distance rounds by its own size; what is 1 minus something rounds by at least that 1. */
    private static double scale(double distance, DistanceMetric metric) {
        return switch (metric) {
            case L2 -> distance;
            case COSINE, DOT -> Math.max(1, Math.abs(distance));
        };
    }

    /** The rows nearest to one query, and some beyond, since more than one may be as far away as the last. For one thread. */
    static final class NearestRows {
        /** Rows that are kept beyond the k nearest. */
        static final int MAX_TIES = 256;

        /** @param length of the row's vector */
        record Near(TargetKey.Id id, double distance, double length) {}

        private final int kept;
        private final PriorityQueue<Near> farthestFirst =
                new PriorityQueue<>(Comparator.comparingDouble(Near::distance).reversed());

        NearestRows(int k) {
            this.kept = k + MAX_TIES;
        }

        void offer(TargetKey.Id id, double distance, double length) {
            if (farthestFirst.size() < kept) {
                farthestFirst.add(new Near(id, distance, length));
            } else if (distance < farthestFirst.element().distance()) {
                farthestFirst.remove();
                farthestFirst.add(new Near(id, distance, length));
            }
        }

        List<Near> nearestFirst() {
            return farthestFirst.stream()
                    .sorted(Comparator.comparingDouble(Near::distance))
                    .toList();
        }
    }
}
