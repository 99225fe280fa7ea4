package io.vectorferry.contracts.control;

import io.vectorferry.contracts.message.Barrier;

/** Writes a barrier, which was announced in {@code control}, into the source's log, in commit order with the rows. Implemented by each source. */
public interface BarrierIssuer extends AutoCloseable {
    void issue(Barrier barrier);

    /** Who is asked for an answer, as the status names it. */
    default String asks() {
        return "the source";
    }

    @Override
    void close();
}
