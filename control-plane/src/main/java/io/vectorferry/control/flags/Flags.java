package io.vectorferry.control.flags;

import io.vectorferry.control.routing.Routing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The feature flags of a pipeline as OFREP, the OpenFeature Remote Evaluation Protocol, has them: which store answers the
 * reads of a key, which one takes the writes, and for each target whether the key's reads come from it.
 */
public final class Flags {
    private static final String READS = "reads";
    private static final String WRITES = "writes";
    private static final String USE = "use-";

    private final String pipeline;
    private final List<String> targets;
    private final Supplier<Routing> routing;

    public Flags(String pipeline, List<String> targets, Supplier<Routing> routing) {
        this.pipeline = pipeline;
        this.targets = List.copyOf(targets);
        this.routing = routing;
    }

    /** The answer of the protocol; both kinds are its JSON. */
    public sealed interface Evaluation {
        String key();
    }

    /** @param value text or boolean */
    public record Success(String key, Object value, String reason, String variant, Map<String, Object> metadata)
            implements Evaluation {}

    /** @param errorCode of the protocol */
    public record Failure(String key, String errorCode, String errorDetails) implements Evaluation {}

    /** Returns the names of all flags. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(name(READS), name(WRITES)));
        targets.forEach(target -> names.add(name(USE + target)));
        return names;
    }

    private String name(String what) {
        return pipeline + "." + what;
    }

    /** @param targetingKey of the context, on which reads depend */
    public Evaluation evaluate(String flag, Optional<String> targetingKey) {
        return evaluate(routing.get(), flag, targetingKey);
    }

    /** Returns every flag for one context, all by the same version of the routing. */
    public List<Evaluation> evaluateAll(String targetingKey) {
        Routing now = routing.get();
        return names().stream()
                .map(name -> evaluate(now, name, Optional.of(targetingKey)))
                .toList();
    }

    /** Returns an entity tag of what {@link #evaluateAll} returns. */
    public String tag(String targetingKey) {
        Routing now = routing.get();
        return "\"%d-%d-%s\"".formatted(now.version(), Routing.bucket(targetingKey), now.storeOf(targetingKey));
    }

    private Evaluation evaluate(Routing now, String flag, Optional<String> targetingKey) {
        if (flag.equals(name(WRITES))) {
            return success(now, flag, now.writes(), "STATIC", now.writes());
        }
        boolean isReads = flag.equals(name(READS));
        Optional<String> target =
                targets.stream().filter(one -> flag.equals(name(USE + one))).findFirst();
        if (!isReads && target.isEmpty()) {
            return new Failure(
                    flag,
                    "FLAG_NOT_FOUND",
                    "there is no flag %s; there are %s".formatted(flag, String.join(", ", names())));
        }
        if (targetingKey.isEmpty()) {
            return new Failure(
                    flag,
                    "TARGETING_KEY_MISSING",
                    "context.targetingKey is missing: set it to the user, workspace or request whose reads are routed");
        }
        String store = now.storeOf(targetingKey.get());
        String reason = reason(now, targetingKey.get());
        if (isReads) {
            return success(now, flag, store, reason, store);
        }
        boolean uses = store.equals(target.get());
        return success(now, flag, uses, reason, uses ? "on" : "off");
    }

    private static String reason(Routing now, String key) {
        if (now.pinned().containsKey(key)) {
            return "TARGETING_MATCH";
        }
        return now.share() == 0 || now.share() == Routing.BUCKETS ? "STATIC" : "SPLIT";
    }

    private static Success success(Routing now, String flag, Object value, String reason, String variant) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("version", now.version());
        return new Success(flag, value, reason, variant, metadata);
    }

    /**
     * Returns the flags as a flagd definition. Its split has the same shares and is as steady, but flagd cuts the range of the
     * hash in its own way, so a key may be on the other side there.
     */
    public Map<String, Object> flagd() {
        Routing now = routing.get();
        Map<String, Object> flags = new LinkedHashMap<>();
        boolean all = now.share() == Routing.BUCKETS;
        Map<String, Object> stores = new LinkedHashMap<>();
        stores.put(Routing.SOURCE, Routing.SOURCE);
        stores.put(now.target(), now.target());
        flags.put(
                name(READS),
                flag(
                        stores,
                        all ? now.target() : Routing.SOURCE,
                        FlagdTargeting.of(now, now.target(), Routing.SOURCE)));
        Map<String, Object> writable = new LinkedHashMap<>(stores);
        writable.put(Routing.NONE, Routing.NONE);
        flags.put(name(WRITES), flag(writable, now.writes(), Map.of()));
        for (String target : targets) {
            boolean moves = target.equals(now.target());
            Map<String, Object> switches = new LinkedHashMap<>();
            switches.put("on", true);
            switches.put("off", false);
            flags.put(
                    name(USE + target),
                    flag(
                            switches,
                            moves && all ? "on" : "off",
                            moves ? FlagdTargeting.of(now, "on", "off") : Map.of()));
        }
        Map<String, Object> definition = new LinkedHashMap<>();
        definition.put("$schema", "https://flagd.dev/schema/v0/flags.json");
        definition.put("flags", flags);
        return definition;
    }

    private static Map<String, Object> flag(
            Map<String, Object> variants, String defaultVariant, Map<String, Object> targeting) {
        Map<String, Object> flag = new LinkedHashMap<>();
        flag.put("state", "ENABLED");
        flag.put("variants", variants);
        flag.put("defaultVariant", defaultVariant);
        flag.put("targeting", targeting);
        return flag;
    }
}
