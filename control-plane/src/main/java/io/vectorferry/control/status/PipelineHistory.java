package io.vectorferry.control.status;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StateTransition;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life of the pipeline in {@code control}: one message a change of state. */
public final class PipelineHistory {
    private static final Logger LOG = LoggerFactory.getLogger(PipelineHistory.class);
    private static final String PREFIX = "transition/";

    private final ControlView view;
    private final ControlPublisher publisher;
    private PipelineState state;
    private long next;

    public PipelineHistory(ControlView view, ControlPublisher publisher) {
        this.view = view;
        this.publisher = publisher;
        List<StateTransition> known = history(view);
        this.next = known.size();
        this.state = known.isEmpty()
                ? PipelineState.PLANNED
                : PipelineState.of(known.getLast().getTo());
    }

    public static List<StateTransition> history(ControlView view) {
        return view.withPrefix(PREFIX).values().stream()
                .map(Control::getTransition)
                .sorted(Comparator.comparingLong(StateTransition::getAtMicros))
                .toList();
    }

    public List<StateTransition> history() {
        return history(view);
    }

    public void to(PipelineState reached, String why, long nowMicros) {
        if (reached == state) {
            return;
        }
        if (!state.mayBecome(reached)) {
            LOG.warn("The pipeline cannot go from {} to {}, but is there", state, reached);
        }
        LOG.info("Pipeline state changed from {} to {}{}", state, reached, why.isEmpty() ? "" : ": " + why);
        StateTransition transition = StateTransition.newBuilder()
                .setFrom(state.toString())
                .setTo(reached.toString())
                .setWho("control plane")
                .setWhy(why)
                .setAtMicros(nowMicros)
                .build();
        // Not waited for: the status goes on while Kafka is away.
        var unused = publisher.send(
                ControlKey.transition(next++),
                Control.newBuilder().setTransition(transition).build());
        state = reached;
    }
}
