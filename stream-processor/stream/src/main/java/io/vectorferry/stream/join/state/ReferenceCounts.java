package io.vectorferry.stream.join.state;

/**
 * Of one partition, what has no other half.
 *
 * @param orphanReferences that are dead letters: no vector was there when a barrier passed
 */
public record ReferenceCounts(long orphanReferences, long unreferencedVectors) {
    public static final ReferenceCounts ZERO = new ReferenceCounts(0, 0);
}
