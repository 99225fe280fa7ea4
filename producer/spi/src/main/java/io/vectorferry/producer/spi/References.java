package io.vectorferry.producer.spi;

/**
 * References to the vectors' ids that an application keeps in a store of its own, to be given the new ids. Each element
 * is compared and set: what the application edits meanwhile is never overwritten. A run that was killed is run again.
 * For one thread.
 */
public interface References {
    /** Returns what {@link #apply} would do. Writes nothing. */
    ReferencesReport preview(NewIds ids);

    ReferencesReport apply(NewIds ids);

    /** Restores every reference that {@link #apply} changed and that still has the new id. */
    ReferencesReport revert();
}
