package io.vectorferry.contracts.control;

import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.Distance;
import io.vectorferry.contracts.wire.SourceSearch;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The distance metric of each collection's index in the source, recorded by the producer in {@code control}. */
public final class RecordedDistances {
    private final ControlView view;

    public RecordedDistances(ControlView view) {
        this.view = view;
    }

    /** Returns the common metric of the collections; empty if none is recorded, or if they differ. */
    public Optional<DistanceMetric> of(Collection<String> collections) {
        Set<DistanceMetric> metrics = EnumSet.noneOf(DistanceMetric.class);
        for (String collection : collections) {
            view.get(ControlKey.search(collection))
                    .flatMap(control -> metric(control.getSourceSearch().getMetric()))
                    .ifPresent(metrics::add);
        }
        return metrics.size() == 1 ? metrics.stream().findFirst() : Optional.empty();
    }

    /**
     * Returns when it is recorded; writes nothing that the view has already.
     *
     * @param metric empty: no index tells it
     */
    public void record(ControlPublisher control, String collection, Optional<DistanceMetric> metric) {
        ControlKey key = ControlKey.search(collection);
        Distance recorded =
                view.get(key).map(found -> found.getSourceSearch().getMetric()).orElse(Distance.DISTANCE_UNKNOWN);
        Distance now = metric.map(RecordedDistances::distance).orElse(Distance.DISTANCE_UNKNOWN);
        if (recorded != now) {
            control.publish(
                    key,
                    Control.newBuilder()
                            .setSourceSearch(SourceSearch.newBuilder()
                                    .setCollection(collection)
                                    .setMetric(now))
                            .build());
        }
    }

    private static Distance distance(DistanceMetric metric) {
        return switch (metric) {
            case L2 -> Distance.DISTANCE_L2;
            case COSINE -> Distance.DISTANCE_COSINE;
            case DOT -> Distance.DISTANCE_DOT;
        };
    }

    private static Optional<DistanceMetric> metric(Distance distance) {
        return switch (distance) {
            case DISTANCE_L2 -> Optional.of(DistanceMetric.L2);
            case DISTANCE_COSINE -> Optional.of(DistanceMetric.COSINE);
            case DISTANCE_DOT -> Optional.of(DistanceMetric.DOT);
            case DISTANCE_UNKNOWN, UNRECOGNIZED -> Optional.empty();
        };
    }
}
