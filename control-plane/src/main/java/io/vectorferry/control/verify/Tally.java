package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.ErrorType;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/** Counts that are exact since every id is counted once, when it has settled. For one thread. */
final class Tally {
    private final Map<Standing.Kind, Long> different = new EnumMap<>(Standing.Kind.class);
    private final Map<ErrorType, Long> explained = new EnumMap<>(ErrorType.class);
    private long source;
    private long target;
    private long checked;
    private long inFlight;

    void add(Collection<Content> sourceRows, int targetRows, Standing standing) {
        source += sourceRows.stream().filter(Content.Hashed.class::isInstance).count();
        target += targetRows;
        checked += sourceRows.isEmpty() && targetRows == 0 ? 0 : 1;
        switch (standing) {
            case Standing.Agreed() -> {}
            case Standing.Explained(ErrorType error) -> explained.merge(error, 1L, Long::sum);
            case Standing.Different(Standing.Kind kind) -> different.merge(kind, 1L, Long::sum);
            case Standing.InFlight() -> inFlight++;
        }
    }

    /** @param rows that stand once on either side, and agree */
    void agreed(long rows) {
        source += rows;
        target += rows;
        checked += rows;
    }

    /** Rows that the target must hold. */
    long source() {
        return source;
    }

    long target() {
        return target;
    }

    long checked() {
        return checked;
    }

    long inFlight() {
        return inFlight;
    }

    long different(Standing.Kind kind) {
        return different.getOrDefault(kind, 0L);
    }

    long different() {
        return different.values().stream().mapToLong(Long::longValue).sum();
    }

    Map<ErrorType, Long> explained() {
        return Map.copyOf(explained);
    }
}
