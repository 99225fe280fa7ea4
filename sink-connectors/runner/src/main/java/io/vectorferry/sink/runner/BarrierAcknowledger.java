package io.vectorferry.sink.runner;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.BarrierAck;
import io.vectorferry.contracts.wire.Control;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Barriers that were read and are acknowledged once all that was read before them is readable in the target. */
final class BarrierAcknowledger {
    private final String target;
    private final ControlPublisher control;
    private final Clock clock;
    private final Map<Integer, Barrier> waiting = new HashMap<>();
    private final Map<Integer, Long> acknowledged = new HashMap<>();

    BarrierAcknowledger(String target, ControlPublisher control, Clock clock) {
        this.target = target;
        this.control = control;
        this.clock = clock;
    }

    /** A barrier that is read again after a restart must not make an acknowledged newer one seem undone. */
    void resume(ControlView view, int partitions) {
        for (int partition = 0; partition < partitions; partition++) {
            int own = partition;
            Optional<Control> last = view.get(ControlKey.barrierAck(target, own));
            last.ifPresent(ack ->
                    acknowledged.put(own, ack.getBarrierAck().getBarrier().getSequence()));
        }
    }

    void add(int partition, Barrier barrier) {
        if (barrier.sequence() >= acknowledged.getOrDefault(partition, 0L)) {
            waiting.merge(partition, barrier, (before, now) -> now.sequence() >= before.sequence() ? now : before);
        }
    }

    void forget() {
        waiting.clear();
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    void acknowledge() {
        List<Future<?>> sent = new ArrayList<>();
        waiting.forEach((partition, barrier) -> {
            sent.add(control.send(ControlKey.barrierAck(target, partition), ack(partition, barrier)));
            acknowledged.put(partition, barrier.sequence());
        });
        waiting.clear();
        sent.forEach(BarrierAcknowledger::await);
    }

    private static void await(Future<?> acknowledgement) {
        try {
            acknowledgement.get();
        } catch (ExecutionException e) {
            throw FerryException.retryable("the control topic rejected the acknowledgment of a barrier", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while acknowledging a barrier", e);
        }
    }

    private Control ack(int partition, Barrier barrier) {
        return Control.newBuilder()
                .setBarrierAck(BarrierAck.newBuilder()
                        .setTarget(target)
                        .setPartition(partition)
                        .setBarrier(io.vectorferry.contracts.wire.Barrier.newBuilder()
                                .setId(barrier.id())
                                .setIssuedMicros(barrier.issuedMicros())
                                .setSourcePosition(barrier.sourcePosition())
                                .setSequence(barrier.sequence())
                                .setAcknowledged(barrier.acknowledged()))
                        .setAcknowledgedMicros(Micros.now(clock)))
                .build();
    }
}
