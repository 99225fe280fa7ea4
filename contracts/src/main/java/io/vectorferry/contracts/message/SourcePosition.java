package io.vectorferry.contracts.message;

import java.util.Comparator;

/**
 * Orders the changes of one key: later wins, whatever order they arrive in. Within a generation every captured change
 * beats every snapshot row.
 *
 * @param place unsigned; PostgreSQL: where the newest commit before the change's own transaction ends, 0 for a snapshot row
 * @param order counts the changes that share a place: those of one transaction
 */
public record SourcePosition(int generation, Phase phase, long place, int order) implements Comparable<SourcePosition> {
    public enum Phase {
        SNAPSHOT,
        STREAM
    }

    private static final Comparator<SourcePosition> ORDER = Comparator.comparingInt(SourcePosition::generation)
            .thenComparing(SourcePosition::phase)
            .thenComparing(SourcePosition::place, Long::compareUnsigned)
            .thenComparingInt(SourcePosition::order);

    public static SourcePosition snapshot(int generation) {
        return new SourcePosition(generation, Phase.SNAPSHOT, 0, 0);
    }

    public static SourcePosition stream(int generation, long place, int order) {
        return new SourcePosition(generation, Phase.STREAM, place, order);
    }

    @Override
    public int compareTo(SourcePosition other) {
        return ORDER.compare(this, other);
    }

    public boolean isAfter(SourcePosition other) {
        return compareTo(other) > 0;
    }
}
