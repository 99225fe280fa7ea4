package io.vectorferry.sink.spi;

/**
 * The properties of a target that the runner needs.
 *
 * @param remembersOffsets the target's own commit holds all of {@link WriteBatch#offsets}, which makes it exactly once and lets only one
 *     writer live
 * @param nullVectors a NULL vector can be kept
 * @param severalVectors a row can have more than one vector; otherwise {@link Target#held} leaves one of them
 */
public record TargetCapabilities(boolean remembersOffsets, boolean nullVectors, boolean severalVectors) {
    /** Creates those of a target whose rows can have several vectors. */
    public TargetCapabilities(boolean remembersOffsets, boolean nullVectors) {
        this(remembersOffsets, nullVectors, true);
    }
}
