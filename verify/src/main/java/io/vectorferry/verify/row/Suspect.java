package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.List;

/**
 * An id under which the two sides seemed to differ.
 *
 * @param keys of the rows of the source that a scan found there; empty where it found none
 */
public record Suspect(TargetKey.Id id, List<SourceKey> keys) {
    /** Suspects that are settled together: their rows of both sides are in memory. */
    public static final int MAX_AT_ONCE = 2_000;

    public Suspect {
        keys = List.copyOf(keys);
    }
}
