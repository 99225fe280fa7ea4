package io.vectorferry.control.routing;

import io.vectorferry.contracts.FerryException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The stores that answer an application's reads and take its writes. Every change returns a new one with the next version. A
 * key whose bucket is below the target's share is read there, so a key that has moved stays moved while the share grows.
 *
 * @param share of the target's reads, in hundredths of a percent
 * @param writes the name of a store, or {@link #NONE} while writes are fenced
 * @param shadow the share of reads that are also run on the other store, 0 to 1
 * @param step of the plan, from 1; 0: none
 * @param held whether the plan does not advance by itself
 */
public record Routing(
        long version,
        String target,
        int share,
        String writes,
        double shadow,
        Map<String, String> pinned,
        RoutingPlan plan,
        int step,
        long stepBeganMicros,
        boolean held) {
    /** The name of the store from which the pipeline replicates. */
    public static final String SOURCE = "source";

    /** The store of writes that are fenced: the application waits. */
    public static final String NONE = "none";

    /** Buckets of keys: a share of one is a hundredth of a percent. */
    public static final int BUCKETS = 10_000;

    private static final int PER_PERCENT = 100;
    private static final int MAX_PINNED = 1_000;
    private static final int MAX_KEY = 256;

    public Routing {
        pinned = Map.copyOf(pinned);
    }

    /** Returns the routing of a pipeline whose reads have never moved. */
    public static Routing initial(String target) {
        return new Routing(1, target, 0, SOURCE, 0, Map.of(), RoutingPlan.DEFAULT, 0, 0, false);
    }

    /** Returns the bucket of a key, 0 to 9,999. */
    public static int bucket(String key) {
        return Integer.remainderUnsigned(Murmur3.hash(key.getBytes(StandardCharsets.UTF_8)), BUCKETS);
    }

    /** Returns the store that answers the reads of the key. */
    public String storeOf(String key) {
        String pin = pinned.get(key);
        return pin != null ? pin : bucket(key) < share ? target : SOURCE;
    }

    /** Returns the percentage of reads by store, as the routing document has it. */
    public Map<String, BigDecimal> reads() {
        Map<String, BigDecimal> reads = new TreeMap<>();
        reads.put(target, percent(share));
        reads.put(SOURCE, percent(BUCKETS - share));
        return reads;
    }

    /** Returns a share in percent. */
    public static BigDecimal percent(int share) {
        BigDecimal percent = BigDecimal.valueOf(share, 2).stripTrailingZeros();
        return percent.scale() < 0 ? percent.setScale(0) : percent;
    }

    /** Returns the share of a percentage, of which two decimal places count. */
    public static int share(BigDecimal percent) {
        try {
            int share = percent.multiply(BigDecimal.valueOf(PER_PERCENT)).intValueExact();
            if (share >= 0 && share <= BUCKETS) {
                return share;
            }
        } catch (ArithmeticException e) {
            // reported below
        }
        throw FerryException.misconfigured(
                "%s is not a percentage".formatted(percent.toPlainString()),
                "Give 0 to 100, with at most two decimal places.");
    }

    /** Returns whether any read is answered by the target. */
    public boolean readsTarget() {
        return share > 0 || pinned.containsValue(target);
    }

    /** Returns when the step that is under way ends; empty if the plan does not advance by itself. */
    public OptionalLong endOfStep() {
        if (step == 0 || held || step >= plan.steps().size()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(stepBeganMicros + TimeUnit.NANOSECONDS.toMicros(hold().toNanos()));
    }

    private Duration hold() {
        return plan.at(step - 1).hold();
    }

    /** Returns the routing with a share that a person chose; the plan then waits for a person. */
    public Routing with(int newShare, long nowMicros) {
        OptionalInt same = plan.with(newShare);
        return moved(newShare, same.isPresent() ? same.getAsInt() + 1 : 0, nowMicros, newShare > 0);
    }

    /** Returns the routing at the next step of the plan; empty if there is none. */
    public Optional<Routing> advanced(long nowMicros) {
        OptionalInt next = plan.above(share);
        return next.isEmpty()
                ? Optional.empty()
                : Optional.of(moved(plan.at(next.getAsInt()).share(), next.getAsInt() + 1, nowMicros, false));
    }

    /** Returns the routing at the step before; the plan then waits for a person. */
    public Routing steppedBack(long nowMicros) {
        return with(plan.shareBelow(share), nowMicros);
    }

    /** Returns the routing with all reads, those of pinned keys too, at the source. */
    public Routing returned() {
        Map<String, String> left = new HashMap<>(pinned);
        left.values().removeIf(target::equals);
        return new Routing(version + 1, target, 0, writes, shadow, left, plan, 0, 0, false);
    }

    private Routing moved(int newShare, int newStep, long nowMicros, boolean nowHeld) {
        return new Routing(version + 1, target, newShare, writes, shadow, pinned, plan, newStep, nowMicros, nowHeld);
    }

    public Routing holding() {
        return new Routing(version + 1, target, share, writes, shadow, pinned, plan, step, stepBeganMicros, true);
    }

    public Routing withShadow(double newShadow) {
        if (!(newShadow >= 0 && newShadow <= 1)) {
            throw FerryException.misconfigured("the share of shadow reads must be 0 to 1", "Such as 0.1.");
        }
        return new Routing(version + 1, target, share, writes, newShadow, pinned, plan, step, stepBeganMicros, held);
    }

    /** Returns the routing with another plan; the share stays until the plan advances. */
    public Routing withPlan(RoutingPlan newPlan) {
        OptionalInt same = newPlan.with(share);
        return new Routing(
                version + 1,
                target,
                share,
                writes,
                shadow,
                pinned,
                newPlan,
                same.isPresent() ? same.getAsInt() + 1 : 0,
                stepBeganMicros,
                held);
    }

    /** Returns the routing to another target. */
    public Routing withTarget(String newTarget) {
        if (readsTarget() && !newTarget.equals(target)) {
            throw FerryException.misconfigured(
                    "%s %% of the reads come from %s".formatted(percent(share), target),
                    "Return them first: `ferry route --abort`.");
        }
        return new Routing(version + 1, newTarget, share, writes, shadow, pinned, plan, step, stepBeganMicros, held);
    }

    /** Returns the routing with a key whose reads are answered by that store, whatever the share. */
    public Routing pinning(String key, String store) {
        Map<String, String> more = new HashMap<>(pinned);
        more.put(key, store);
        if (key.isEmpty() || key.length() > MAX_KEY || more.size() > MAX_PINNED) {
            throw FerryException.misconfigured(
                    "at most %d keys of 1 to %d characters can be pinned".formatted(MAX_PINNED, MAX_KEY),
                    "Unpin keys that follow the share anyway.");
        }
        return pinned(more);
    }

    public Routing unpinning(String key) {
        Map<String, String> less = new HashMap<>(pinned);
        less.remove(key);
        return pinned(less);
    }

    private Routing pinned(Map<String, String> keys) {
        return new Routing(version + 1, target, share, writes, shadow, keys, plan, step, stepBeganMicros, held);
    }

    public static Routing of(io.vectorferry.contracts.wire.Routing wire) {
        return new Routing(
                wire.getVersion(),
                wire.getTarget(),
                wire.getTargetShare(),
                wire.getWrites(),
                wire.getShadowShare(),
                wire.getPinnedMap(),
                RoutingPlan.of(wire.getPlanList()),
                wire.getStep(),
                wire.getStepBeganMicros(),
                wire.getHeld());
    }

    public io.vectorferry.contracts.wire.Routing wire() {
        return io.vectorferry.contracts.wire.Routing.newBuilder()
                .setVersion(version)
                .setTarget(target)
                .setTargetShare(share)
                .setWrites(writes)
                .setShadowShare(shadow)
                .putAllPinned(pinned)
                .addAllPlan(plan.wire())
                .setStep(step)
                .setStepBeganMicros(stepBeganMicros)
                .setHeld(held)
                .build();
    }
}
