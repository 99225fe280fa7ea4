package io.vectorferry.sink.spi;

/**
 * What the runner has to know of a target.
 *
 * @param remembersOffsets the target's own commit holds the offsets, which makes it exactly once and lets only one writer live
 * @param nullVectors a NULL vector can be kept
 */
public record TargetCapabilities(boolean remembersOffsets, boolean nullVectors) {}
