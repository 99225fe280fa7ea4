package io.vectorferry.contracts.message;

/**
 * A mark in the source's log. Once it is acknowledged, the target holds everything that was committed before it.
 *
 * @param issuedMicros when it was issued, microseconds since the epoch by the issuer's clock; it orders nothing
 * @param sourcePosition as the source prints it; empty until the source has taken it
 * @param sequence orders the barriers of a pipeline: assigned before the barrier is written to the source, so a
 *     barrier with a greater one comes after everything that was committed when the smaller one was assigned; 0 from a
 *     version that had none
 * @param acknowledged the sequence of the newest barrier that a target was known to hold when this one was issued
 */
public record Barrier(String id, long issuedMicros, String sourcePosition, long sequence, long acknowledged) {
    /** Returns the barrier with that position of the source. */
    public Barrier at(String position) {
        return new Barrier(id, issuedMicros, position, sequence, acknowledged);
    }

    /** Returns the same barrier under another id. */
    public Barrier named(String other) {
        return new Barrier(other, issuedMicros, sourcePosition, sequence, acknowledged);
    }
}
