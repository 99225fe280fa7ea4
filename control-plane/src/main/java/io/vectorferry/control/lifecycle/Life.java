package io.vectorferry.control.lifecycle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Evidence;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.routing.Routing;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The life of a pipeline: the fold of its events. A version that had no numbered events leaves it at its beginning, from which
 * the progress of the snapshot moves it on.
 *
 * @param sequence of the last event; 0 before the first
 * @param failure why the pipeline has failed; empty: it has not
 * @param sinceMicros when the phase began; 0 before the first event
 */
public record Life(Phase phase, long sequence, boolean paused, String failure, Routing routing, long sinceMicros) {
    private static final String LATER_VERSION =
            "Run the version of ferry that wrote it, or a later one: this one cannot know what is legal.";

    /** @param target the store to which reads move unless a person chooses another */
    public static Life begin(String target) {
        return new Life(new Phase.Idle(), 0, false, "", Routing.initial(target), 0);
    }

    /** Returns the fold of the events in {@code control}. */
    public static Life of(ControlView view, String target) {
        Life life = begin(target);
        for (StateTransition event : history(view)) {
            if (event.getSequence() > 0) {
                life = life.after(event);
            }
        }
        return life;
    }

    /** Returns the events in their order, with those of version 0.1, which had no numbers, at the beginning. */
    public static List<StateTransition> history(ControlView view) {
        return view.withPrefix(ControlKey.TRANSITIONS).entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> number(entry.getKey())))
                .map(Map.Entry::getValue)
                .map(control -> control.getTransition())
                .toList();
    }

    /** Returns the first number that no event of the topic has: those of version 0.1 began with 0. */
    static long nextNumber(ControlView view) {
        return view.withPrefix(ControlKey.TRANSITIONS).keySet().stream()
                        .mapToLong(Life::number)
                        .max()
                        .orElse(0)
                + 1;
    }

    private static long number(String key) {
        return Long.parseLong(key.substring(ControlKey.TRANSITIONS.length()));
    }

    /** The state and the flags after an event. */
    record Change(PipelineState to, boolean paused, String failure, Routing routing, String why, Evidence evidence) {
        Change with(Routing newRouting) {
            return new Change(to, paused, failure, newRouting, why, evidence);
        }

        Change pausing(boolean newPaused) {
            return new Change(to, newPaused, failure, routing, why, evidence);
        }

        Change failing(String newFailure) {
            return new Change(to, paused, newFailure, routing, why, evidence);
        }

        Change by(Evidence newEvidence) {
            return new Change(to, paused, failure, routing, why, newEvidence);
        }
    }

    /** Returns a change that leads to the phase and changes nothing else. */
    Change to(Phase next, String why) {
        return new Change(next.state(), paused, failure, routing, why, Evidence.getDefaultInstance());
    }

    /** Returns the event of a change. */
    StateTransition event(Change change, long number, String who, long nowMicros) {
        StateTransition.Builder event = StateTransition.newBuilder()
                .setFrom(phase.state().toString())
                .setTo(change.to().toString())
                .setWho(who)
                .setWhy(change.why())
                .setAtMicros(nowMicros)
                .setSequence(number)
                .setPaused(change.paused())
                .setFailure(change.failure())
                .setRouting(change.routing().wire());
        if (!change.evidence().equals(Evidence.getDefaultInstance())) {
            event.setEvidence(change.evidence());
        }
        return event.build();
    }

    /** @throws FerryException when the event is not legal here: no version of ferry writes such a one, but a later one may */
    Life after(StateTransition event) {
        if (PipelineState.of(event.getFrom()) != phase.state()) {
            throw illegal(event);
        }
        Phase next = phase.to(PipelineState.of(event.getTo())).orElseThrow(() -> illegal(event));
        return new Life(
                next,
                event.getSequence(),
                event.getPaused(),
                event.getFailure(),
                event.hasRouting() ? Routing.of(event.getRouting()) : routing,
                next.state() == phase.state() && sequence > 0 ? sinceMicros : event.getAtMicros());
    }

    private FerryException illegal(StateTransition event) {
        return FerryException.misconfigured(
                "event %d of the life cycle leads from %s to %s, but the pipeline was in %s"
                        .formatted(event.getSequence(), event.getFrom(), event.getTo(), phase.state()),
                LATER_VERSION);
    }
}
