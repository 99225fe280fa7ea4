package io.vectorferry.contracts.message;

/**
 * A mark in the source's log; what it says once acknowledged: the target holds all that was committed before it.
 *
 * @param issuedMicros when the control plane asked for it, microseconds since the epoch
 * @param sourcePosition as the source prints it; empty until the source has taken it
 */
public record Barrier(String id, long issuedMicros, String sourcePosition) {}
