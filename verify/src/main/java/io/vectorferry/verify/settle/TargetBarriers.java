package io.vectorferry.verify.settle;

import java.time.Duration;

/** The one way to tell lag from loss. For one thread. */
public interface TargetBarriers {
    /**
     * Issues a barrier and waits for it: when this returns, the target holds all that the source had committed when it was called.
     *
     * @return the barrier's place as the source prints it; empty where there is no pipeline, and so nothing to wait for
     */
    String reach();

    /** In all calls so far: time in which the caller did nothing. */
    default Duration waited() {
        return Duration.ZERO;
    }
}
