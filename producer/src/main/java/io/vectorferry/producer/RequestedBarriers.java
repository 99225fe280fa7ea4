package io.vectorferry.producer;

import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.BarrierRequest;
import io.vectorferry.contracts.wire.Control;
import java.util.Optional;

/**
 * Barriers for a source without a log: the control plane asks by {@code control}, and the producer lets the newest that
 * it saw before it began to read follow what it has read. Only the newest counts, so compaction loses none. For one thread.
 */
public final class RequestedBarriers implements BarrierIssuer {
    private final ControlPublisher publisher;

    public RequestedBarriers(KafkaConnection kafka, Topics topics) {
        this.publisher = new ControlPublisher(kafka, topics.control());
    }

    /** As the view has it. */
    public static Optional<Barrier> newest(ControlView view) {
        return view.get(ControlKey.barrierRequest())
                .map(control -> control.getBarrierRequest().getBarrier())
                .map(wire -> new Barrier(wire.getId(), wire.getIssuedMicros(), ""));
    }

    @Override
    public void issue(Barrier barrier) {
        var wire = io.vectorferry.contracts.wire.Barrier.newBuilder()
                .setId(barrier.id())
                .setIssuedMicros(barrier.issuedMicros());
        publisher.publish(
                ControlKey.barrierRequest(),
                Control.newBuilder()
                        .setBarrierRequest(BarrierRequest.newBuilder().setBarrier(wire))
                        .build());
    }

    @Override
    public void close() {
        publisher.close();
    }
}
