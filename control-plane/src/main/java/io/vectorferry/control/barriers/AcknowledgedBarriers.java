package io.vectorferry.control.barriers;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Barrier;
import io.vectorferry.contracts.wire.Control;
import java.util.Optional;

/** The newest barrier that all partitions of a target have acknowledged: the oldest of what each acknowledged last. */
public final class AcknowledgedBarriers {
    private final ControlView view;
    private final int partitions;

    public AcknowledgedBarriers(ControlView view, int partitions) {
        this.view = view;
        this.partitions = partitions;
    }

    public Optional<Barrier> newestOf(String target) {
        Optional<Barrier> oldest = Optional.empty();
        for (int partition = 0; partition < partitions; partition++) {
            Optional<Control> ack = view.get(ControlKey.barrierAck(target, partition));
            if (ack.isEmpty()) {
                return Optional.empty();
            }
            Barrier barrier = ack.get().getBarrierAck().getBarrier();
            if (oldest.isEmpty() || barrier.getSequence() < oldest.get().getSequence()) {
                oldest = Optional.of(barrier);
            }
        }
        return oldest;
    }

    /**
     * Returns the sequence of {@link #newestOf}: the target holds everything that the source had committed when a
     * barrier up to it was issued; 0 before the first.
     */
    public long sequenceOf(String target) {
        return newestOf(target).map(Barrier::getSequence).orElse(0L);
    }
}
