package io.vectorferry.verify.search;

import io.vectorferry.contracts.message.TargetKey;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The rows nearest to one query, and some beyond, since more than one may be as far away as the last. For one thread. */
final class NearestRows {
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
