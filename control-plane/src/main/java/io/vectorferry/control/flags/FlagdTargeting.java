package io.vectorferry.control.flags;

import io.vectorferry.control.routing.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The routing of reads as a targeting rule of flagd (JsonLogic): pinned keys, then the split. */
final class FlagdTargeting {
    private static final int WHOLE_PERCENT = 100;
    private static final Map<String, Object> KEY = Map.of("var", "targetingKey");

    private FlagdTargeting() {}

    /**
     * Returns the rule; empty if every key has the default variant.
     *
     * @param moved the variant of keys whose reads come from the target
     * @param other the variant of all others
     */
    static Map<String, Object> of(Routing routing, String moved, String other) {
        List<Object> conditions = new ArrayList<>();
        pinned(routing, routing.target(), moved, conditions);
        pinned(routing, Routing.SOURCE, other, conditions);
        boolean isSplit = routing.share() > 0 && routing.share() < Routing.BUCKETS;
        if (conditions.isEmpty()) {
            return isSplit ? split(routing, moved, other) : Map.of();
        }
        conditions.add(isSplit ? split(routing, moved, other) : routing.share() == 0 ? other : moved);
        return Map.of("if", conditions);
    }

    private static void pinned(Routing routing, String store, String variant, List<Object> conditions) {
        TreeSet<String> keys = new TreeSet<>();
        routing.pinned().forEach((key, pin) -> {
            if (pin.equals(store)) {
                keys.add(key);
            }
        });
        if (!keys.isEmpty()) {
            conditions.add(Map.of("in", List.of(KEY, keys)));
            conditions.add(variant);
        }
    }

    /**
     * The key alone is hashed, without the name of the flag, so that all flags agree. The target comes first, so a key that has
     * moved stays moved while its weight grows. Whole percentages also suit versions of flagd that know nothing finer.
     */
    private static Map<String, Object> split(Routing routing, String moved, String other) {
        int unit = routing.share() % (Routing.BUCKETS / WHOLE_PERCENT) == 0 ? Routing.BUCKETS / WHOLE_PERCENT : 1;
        return Map.of(
                "fractional",
                List.of(
                        KEY,
                        List.of(moved, routing.share() / unit),
                        List.of(other, (Routing.BUCKETS - routing.share()) / unit)));
    }
}
