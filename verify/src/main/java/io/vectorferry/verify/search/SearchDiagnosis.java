package io.vectorferry.verify.search;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.verify.search.Overlap.NearestRows.Near;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a target finds other rows than it should. For one thread. */
final class SearchDiagnosis {
    private static final int MAX_LOOKED_AT = 200;
    private static final double SAME_LENGTH = 1e-3;

    private final TargetReader target;
    private final SearchOptions options;
    private final DistanceMetric metric;
    private final List<String> findings = new ArrayList<>();

    SearchDiagnosis(TargetReader target, SearchOptions options, DistanceMetric metric) {
        this.target = target;
        this.options = options;
        this.metric = metric;
    }

    /**
     * @param failed whether the target found too little
     * @param withoutIndex what it found when it compared every row; null where it was not asked, or cannot
     */
    List<String> findings(
            List<List<Near>> nearest, boolean failed, @Nullable Double withoutIndex, double requiredOverlap) {
        Optional<VectorIndex> index = target.vectorIndex();
        index.ifPresentOrElse(this::index, this::configured);
        vectors(nearest);
        if (failed && withoutIndex != null && index.isPresent()) {
            if (withoutIndex >= requiredOverlap && findings.isEmpty()) {
                findings.add(
                        "index parameters: compared row by row, the target finds %.3f, so the rows are right and the %s index is too coarse: build a finer index, or search more of it"
                                .formatted(withoutIndex, index.get().type()));
            }
        }
        if (failed && findings.isEmpty()) {
            findings.add(
                    "contents: the rows themselves differ, or changed while the search was compared: see the differences");
        }
        return List.copyOf(findings);
    }

    private void index(VectorIndex index) {
        index.metric()
                .filter(built -> built != metric)
                .ifPresent(built -> findings.add(
                        "metric: the target's %s index was built for %s, but the source is searched by %s: rebuild it for that metric"
                                .formatted(index.type(), built.label(), metric.label())));
        if (index.unindexedRows() > 0) {
            findings.add("unindexed rows: %,d rows are not in the target's %s index yet"
                    .formatted(index.unindexedRows(), index.type()));
        }
    }

    private void configured() {
        target.configuredMetric()
                .filter(configured -> configured != metric)
                .ifPresent(configured -> findings.add(
                        "metric: pipeline.yaml sets %s for the target, but the source is searched by %s: set `index: {metric: %s}`"
                                .formatted(configured.label(), metric.label(), metric.label())));
    }

    /** The nearest row of each query as both sides hold it. */
    private void vectors(List<List<Near>> nearest) {
        Map<TargetKey.Id, Near> source = new HashMap<>();
        nearest.stream()
                .flatMap(rows -> rows.stream().limit(1))
                .limit(MAX_LOOKED_AT)
                .forEach(row -> source.put(row.id(), row));
        Map<TargetKey.Id, Row> rows = target.fetch(source.keySet());
        int notNormalized = 0;
        int otherLength = 0;
        for (Map.Entry<TargetKey.Id, Row> entry : rows.entrySet()) {
            Optional<Vector> vector =
                    options.searched(entry.getValue()).vector().flatMap(VectorColumn::value);
            Near expected = source.get(entry.getKey());
            if (expected != null && vector.isPresent() && vector.get().element() == VectorElement.FLOAT32) {
                double length = ExactSearch.length(vector.get());
                boolean other = Math.abs(length - expected.length()) > SAME_LENGTH * expected.length();
                otherLength += other ? 1 : 0;
                notNormalized += other && (isOne(expected.length()) || isOne(length)) ? 1 : 0;
            }
        }
        if (notNormalized > 0) {
            findings.add("normalisation: %d of %d vectors have length 1 on one side only: normalise both or none"
                    .formatted(notNormalized, rows.size()));
        } else if (otherLength > 0) {
            findings.add(
                    "length: %d of %d vectors are longer or shorter in the target".formatted(otherLength, rows.size()));
        }
    }

    private static boolean isOne(double length) {
        return Math.abs(length - 1) <= SAME_LENGTH;
    }
}
