package io.vectorferry.control.routing;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.RoutingStep;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The steps in which reads move to a target. Their shares grow. */
public record RoutingPlan(List<Step> steps) {
    private static final int MAX_STEPS = 100;
    private static final String EXAMPLE = "Such as `steps: [{percent: 5, hold: 24h}, {percent: 100, hold: 0s}]`.";

    /**
     * One step.
     *
     * @param share of the target's reads, in hundredths of a percent
     * @param hold the time until the next step
     */
    public record Step(int share, Duration hold) {}

    /** One, five, ten, 25, 50 and 75 percent in nine days, then all. */
    public static final RoutingPlan DEFAULT = new RoutingPlan(List.of(
            new Step(100, Duration.ofHours(24)),
            new Step(500, Duration.ofHours(24)),
            new Step(1_000, Duration.ofHours(24)),
            new Step(2_500, Duration.ofHours(48)),
            new Step(5_000, Duration.ofHours(48)),
            new Step(7_500, Duration.ofHours(24)),
            new Step(Routing.BUCKETS, Duration.ZERO)));

    public RoutingPlan {
        steps = List.copyOf(steps);
        if (steps.isEmpty() || steps.size() > MAX_STEPS) {
            throw FerryException.misconfigured("a plan has 1 to %d steps".formatted(MAX_STEPS), EXAMPLE);
        }
        int before = 0;
        for (Step step : steps) {
            if (step.share() <= before
                    || step.share() > Routing.BUCKETS
                    || step.hold().isNegative()) {
                throw FerryException.misconfigured(
                        "the percentages of a plan must grow from above 0 to at most 100, and its times must not be"
                                + " negative",
                        EXAMPLE);
            }
            before = step.share();
        }
    }

    /** Returns the step, from 0. */
    Step at(int index) {
        return steps.get(index);
    }

    /** Returns the first step with a greater share. */
    OptionalInt above(int share) {
        return IntStream.range(0, steps.size())
                .filter(index -> steps.get(index).share() > share)
                .findFirst();
    }

    /** Returns the step with this share. */
    OptionalInt with(int share) {
        return IntStream.range(0, steps.size())
                .filter(index -> steps.get(index).share() == share)
                .findFirst();
    }

    /** Returns the greatest share of a step that is below this one; 0 if there is none. */
    int shareBelow(int share) {
        return steps.stream()
                .mapToInt(Step::share)
                .filter(one -> one < share)
                .max()
                .orElse(0);
    }

    static RoutingPlan of(List<RoutingStep> wire) {
        return wire.isEmpty()
                ? DEFAULT
                : new RoutingPlan(wire.stream()
                        .map(step -> new Step(step.getShare(), Duration.ofSeconds(step.getSeconds())))
                        .toList());
    }

    List<RoutingStep> wire() {
        return steps.stream()
                .map(step -> RoutingStep.newBuilder()
                        .setShare(step.share())
                        .setSeconds(step.hold().toSeconds())
                        .build())
                .toList();
    }
}
