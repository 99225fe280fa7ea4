package io.vectorferry.sink.spi;

/**
 * The properties of a target that the runner needs.
 *
 * @param remembersOffsets the target's own commit holds all of {@link WriteBatch#offsets}, which makes it exactly once and lets only one
 *     writer live
 * @param nullVectors a NULL vector can be kept
 */
public record TargetCapabilities(boolean remembersOffsets, boolean nullVectors) {}
