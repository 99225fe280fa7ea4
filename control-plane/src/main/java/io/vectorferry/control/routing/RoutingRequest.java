package io.vectorferry.control.routing;

import io.vectorferry.contracts.FerryException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A change of the routing as a person asks for it. What is absent stays as it is.
 *
 * @param set the share of reads in percent
 * @param pin the store of each key
 * @param target the store to which reads are to move
 */
public record RoutingRequest(
        Optional<BigDecimal> set,
        boolean hold,
        boolean advance,
        boolean abort,
        Optional<RoutingPlan> plan,
        Map<String, String> pin,
        List<String> unpin,
        Optional<Double> shadow,
        Optional<String> target) {
    public RoutingRequest {
        pin = Map.copyOf(pin);
        unpin = List.copyOf(unpin);
        int moves = (set.isPresent() ? 1 : 0) + (hold ? 1 : 0) + (advance ? 1 : 0) + (abort ? 1 : 0);
        set.ifPresent(percent -> {
            int unused = Routing.share(percent); // refuses a number that cannot be a percentage
        });
        if (moves > 1) {
            throw FerryException.misconfigured(
                    "set, hold, advance and abort exclude each other", "Ask for one of them.");
        }
        if (moves == 0 && plan.isEmpty() && pin.isEmpty() && unpin.isEmpty() && shadow.isEmpty() && target.isEmpty()) {
            throw FerryException.misconfigured(
                    "the request changes nothing",
                    "Ask for set, hold, advance, abort, plan, pin, unpin, shadow or target.");
        }
    }

    /**
     * Returns the routing with the change.
     *
     * @param targets of the pipeline
     */
    public Routing appliedTo(Routing now, Set<String> targets, long nowMicros) {
        Routing next = now;
        if (target.isPresent()) {
            known(target.get(), targets);
            next = next.withTarget(target.get());
        }
        if (plan.isPresent()) {
            next = next.withPlan(plan.get());
        }
        if (shadow.isPresent()) {
            next = next.withShadow(shadow.get());
        }
        for (String key : unpin) {
            next = next.unpinning(key);
        }
        for (Map.Entry<String, String> one : pin.entrySet()) {
            if (!one.getValue().equals(Routing.SOURCE) && !one.getValue().equals(next.target())) {
                throw FerryException.misconfigured(
                        "a key is pinned to %s or %s, not to %s"
                                .formatted(Routing.SOURCE, next.target(), one.getValue()),
                        "Choose one of the two.");
            }
            next = next.pinning(one.getKey(), one.getValue());
        }
        if (set.isPresent()) {
            next = next.with(Routing.share(set.get()), nowMicros);
        } else if (hold) {
            next = next.holding();
        } else if (advance) {
            next = next.advanced(nowMicros)
                    .orElseThrow(() -> FerryException.misconfigured(
                            "the plan has no step after %s %%".formatted(Routing.percent(now.share())),
                            "Give another plan, or choose the share with --set."));
        } else if (abort) {
            next = next.returned();
        }
        // One change, one version.
        return new Routing(
                now.version() + 1,
                next.target(),
                next.share(),
                next.writes(),
                next.shadow(),
                next.pinned(),
                next.plan(),
                next.step(),
                next.stepBeganMicros(),
                next.held());
    }

    private static void known(String store, Set<String> targets) {
        if (!targets.contains(store)) {
            throw FerryException.misconfigured(
                    "the pipeline has no target " + store, "Its targets are " + String.join(", ", targets) + ".");
        }
    }

    /** Returns the change in words, for the history. */
    public String inWords() {
        StringBuilder words = new StringBuilder();
        target.ifPresent(store -> add(words, "target " + store));
        plan.ifPresent(
                steps -> add(words, "a plan of %d steps".formatted(steps.steps().size())));
        shadow.ifPresent(share -> add(words, "shadow reads " + share));
        if (!pin.isEmpty()) {
            add(words, "pinned %d keys".formatted(pin.size()));
        }
        if (!unpin.isEmpty()) {
            add(words, "unpinned %d keys".formatted(unpin.size()));
        }
        set.ifPresent(percent -> add(words, "set to %s %%".formatted(percent.toPlainString())));
        if (hold) {
            add(words, "hold");
        }
        if (advance) {
            add(words, "advance");
        }
        if (abort) {
            add(words, "abort");
        }
        return words.toString();
    }

    private static void add(StringBuilder words, String what) {
        words.append(words.isEmpty() ? "" : ", ").append(what);
    }
}
