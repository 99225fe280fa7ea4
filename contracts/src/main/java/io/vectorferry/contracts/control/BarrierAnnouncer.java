package io.vectorferry.contracts.control;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.BarrierRequest;
import io.vectorferry.contracts.wire.Control;
import java.time.Clock;
import java.util.UUID;

/**
 * Issues barriers whose order no clock decides: each is announced in {@code control} first, and the announcement's offset
 * there is its sequence. Closes neither the issuer nor the publisher. As safe for threads as the issuer.
 */
public final class BarrierAnnouncer {
    private final BarrierIssuer issuer;
    private final ControlPublisher control;
    private final Clock clock;
    private volatile boolean isAnnounced;

    public BarrierAnnouncer(BarrierIssuer issuer, ControlPublisher control, Clock clock) {
        this.issuer = issuer;
        this.control = control;
        this.clock = clock;
    }

    /**
     * Returns the barrier when the source has it.
     *
     * @param acknowledged the sequence of the newest barrier that a target is known to hold
     */
    public Barrier issue(long acknowledged) {
        isAnnounced = false;
        String id = UUID.randomUUID().toString();
        long issuedMicros = Micros.now(clock);
        long offset = control.publish(ControlKey.barrierRequest(), announcement(id, issuedMicros, acknowledged));
        Barrier barrier = new Barrier(id, issuedMicros, "", sequence(offset), acknowledged);
        isAnnounced = true;
        issuer.issue(barrier);
        return barrier;
    }

    /** Returns whether the last barrier says as much as a new one would: nothing was committed to the source since. */
    public boolean isQuiet() {
        isAnnounced = true;
        return issuer.isQuiet();
    }

    /** Who is asked at the moment, while another method is under way. Safe for any thread. */
    public String waitsFor() {
        return isAnnounced ? issuer.asks() : control.asks();
    }

    /** Returns the sequence of a barrier announced at that offset of {@code control}. */
    static long sequence(long offset) {
        return offset + 1;
    }

    private static Control announcement(String id, long issuedMicros, long acknowledged) {
        var barrier = io.vectorferry.contracts.wire.Barrier.newBuilder()
                .setId(id)
                .setIssuedMicros(issuedMicros)
                .setAcknowledged(acknowledged);
        return Control.newBuilder()
                .setBarrierRequest(BarrierRequest.newBuilder().setBarrier(barrier))
                .build();
    }
}
