package io.vectorferry.verify.diff;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/** Counts that are exact since every id is counted once, when it has settled. For one thread. */
public final class VerdictCounts {
    private final Map<Verdict.Kind, Long> different = new EnumMap<>(Verdict.Kind.class);
    private final Map<ErrorType, Long> explained = new EnumMap<>(ErrorType.class);
    private long source;
    private long target;
    private long checked;
    private long inFlight;

    public void add(Collection<ExpectedHash> sourceRows, int targetRows, Verdict verdict) {
        source += sourceRows.stream()
                .filter(ExpectedHash.Hashed.class::isInstance)
                .count();
        target += targetRows;
        checked += sourceRows.isEmpty() && targetRows == 0 ? 0 : 1;
        switch (verdict) {
            case Verdict.Agreed() -> {}
            case Verdict.Explained(ErrorType error) -> explained.merge(error, 1L, Long::sum);
            case Verdict.Different(Verdict.Kind kind) -> different.merge(kind, 1L, Long::sum);
            case Verdict.InFlight() -> inFlight++;
        }
    }

    /** @param rows that stand once on either side, and agree */
    void agreed(long rows) {
        source += rows;
        target += rows;
        checked += rows;
    }

    /** Rows that the target must hold. */
    public long source() {
        return source;
    }

    public long target() {
        return target;
    }

    public long checked() {
        return checked;
    }

    public long inFlight() {
        return inFlight;
    }

    public long different(Verdict.Kind kind) {
        return different.getOrDefault(kind, 0L);
    }

    public long different() {
        return different.values().stream().mapToLong(Long::longValue).sum();
    }

    public Map<ErrorType, Long> explained() {
        return Map.copyOf(explained);
    }
}
