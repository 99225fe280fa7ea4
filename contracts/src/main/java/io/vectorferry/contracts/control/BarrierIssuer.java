package io.vectorferry.contracts.control;

import io.vectorferry.contracts.message.Barrier;

/** Writes a barrier, which was announced in {@code control}, into the source's log, in commit order with the rows. Implemented by each source. */
public interface BarrierIssuer extends AutoCloseable {
    /**
     * Returns when the source's log has the barrier. Everything that was committed before it comes before it. The source's stage then
     * broadcasts it with its place in the log.
     */
    void issue(Barrier barrier);

    /**
     * Returns whether nothing can have been committed to the source since it got the last barrier of this issuer, which then
     * says as much as a new one would. A source that cannot tell says no.
     */
    default boolean isQuiet() {
        return false;
    }

    /** Who is asked for an answer, as the status names it. */
    default String asks() {
        return "the source";
    }

    @Override
    void close();
}
