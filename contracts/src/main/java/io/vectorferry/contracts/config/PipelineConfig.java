package io.vectorferry.contracts.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A pipeline as configured. The sections of the source and of each target are read by the module that knows them; their
 * problems join those of the whole file.
 */
public record PipelineConfig(
        String pipeline,
        SourceConfig source,
        List<TransformStep> transform,
        IdPolicy ids,
        NullVectors nullVectors,
        RefusedUpdates refusedUpdates,
        List<TargetConfig> targets,
        KafkaConfig kafka,
        Path dataDir,
        ControlConfig control,
        VerificationConfig verification,
        SwitchConfig switching,
        RoutingConfig routing) {

    public enum IdPolicy {
        PRESERVE,
        UUID5,
        ALLOCATE
    }

    public enum NullVectors {
        KEEP,
        SKIP,
        DEAD_LETTER
    }

    /** The treatment of a row in the target whose new state cannot be written. It is a dead letter in any case. */
    public enum RefusedUpdates {
        KEEP,
        DELETE
    }

    /** @param kind such as {@code postgres}; empty if the file does not name exactly one */
    public record SourceConfig(String kind, Section settings) {}

    /** @param kind such as {@code lancedb} */
    public record TargetConfig(String name, String kind, Section settings) {}

    /** @param bootstrapServers empty: an embedded broker on the data directory */
    public record KafkaConfig(Optional<String> bootstrapServers, int partitions, Map<String, String> clientSettings) {
        public KafkaConfig {
            clientSettings = Map.copyOf(clientSettings);
        }
    }

    /** @param lookup where a stream processor answers look-ups of ids */
    public record ControlConfig(ServerConfig server, ServerConfig lookup, Duration barrierInterval) {}

    /**
     * When writes may be switched.
     *
     * @param maxLag the maximum age of the newest barrier that a target has acknowledged
     * @param verifiedWithin the maximum age of the last verification
     */
    public record SwitchConfig(Duration maxLag, Duration verifiedWithin) {}

    /**
     * When a step of the routing is undone.
     *
     * @param window the time over which shadow reads are judged
     * @param minComparisons fewer of them in the window say nothing
     * @param maxErrorPercent of the new store's searches
     * @param minOverlapPercent the mean share of the old store's results that the new store finds
     * @param maxP99 of the new store's latency
     */
    public record RoutingConfig(
            Duration window, int minComparisons, int maxErrorPercent, int minOverlapPercent, Duration maxP99) {}

    /** @param checkpointEvery how much of its scans a verification that is killed repeats at most */
    public record VerificationConfig(ContinuousVerification continuous, Duration checkpointEvery) {}

    /**
     * Settings of continuous verification.
     *
     * @param rowsPerSecond the maximum of rows compared per second, per target
     * @param share the maximum percentage of the time that it works
     * @param sweepEvery the minimum time between the starts of two sweeps of a table
     */
    public record ContinuousVerification(boolean enabled, int rowsPerSecond, int share, Duration sweepEvery) {}

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}");
    private static final int DEFAULT_PARTITIONS = 4;
    private static final int MAX_PARTITIONS = 1_000;
    private static final Duration DEFAULT_BARRIER_INTERVAL = Duration.ofMillis(500);
    private static final int DEFAULT_VERIFIED_ROWS_PER_SECOND = 500;
    private static final int MAX_VERIFIED_ROWS_PER_SECOND = 1_000_000;
    private static final int DEFAULT_VERIFICATION_SHARE = 3;
    private static final Duration DEFAULT_SWEEP_EVERY = Duration.ofMinutes(10);

    /** Each makes sure of some dozen files. */
    private static final Duration DEFAULT_CHECKPOINT_EVERY = Duration.ofSeconds(10);

    private static final String DEFAULT_LISTEN = "127.0.0.1:8090";
    private static final String DEFAULT_LOOKUP_LISTEN = "127.0.0.1:0";

    private static final Duration DEFAULT_MAX_LAG = Duration.ofSeconds(5);
    private static final Duration DEFAULT_VERIFIED_WITHIN = Duration.ofHours(24);
    private static final Duration DEFAULT_WINDOW = Duration.ofSeconds(60);
    private static final int DEFAULT_MIN_COMPARISONS = 50;
    private static final int MAX_COMPARISONS = 100_000;
    private static final int DEFAULT_MAX_ERROR_PERCENT = 1;
    private static final int DEFAULT_MIN_OVERLAP_PERCENT = 90;
    private static final Duration DEFAULT_MAX_P99 = Duration.ofSeconds(1);

    public PipelineConfig {
        transform = List.copyOf(transform);
        targets = List.copyOf(targets);
    }

    /** Problems are collected in the file; {@code file.problems().throwIfAny()} once the other modules have read theirs. */
    public static PipelineConfig from(PipelineFile file) {
        Section root = file.root();
        String pipeline = root.text("pipeline");
        if (!pipeline.isEmpty() && !NAME.matcher(pipeline).matches()) {
            root.problem("pipeline", "must be at most 63 letters, digits, _ and -");
        }
        PipelineConfig config = new PipelineConfig(
                pipeline,
                source(root.section("source")),
                transform(root),
                root.choice("ids", IdPolicy.class, IdPolicy.PRESERVE),
                root.choice("nullVectors", NullVectors.class, NullVectors.KEEP),
                root.choice("refusedUpdates", RefusedUpdates.class, RefusedUpdates.KEEP),
                targets(root),
                kafka(root),
                Path.of(root.text("data.dir", "./ferry-data")),
                control(root),
                verification(root),
                switching(root),
                routing(root));
        root.done();
        return config;
    }

    /** The module that knows the kind reads the settings, and refuses a kind that no module knows. */
    private static SourceConfig source(Section section) {
        List<String> kinds = section.keys();
        if (kinds.size() == 1) {
            return new SourceConfig(kinds.getFirst(), section.section(kinds.getFirst()));
        }
        section.problems().add("source: needs exactly one kind of source, such as postgres");
        return new SourceConfig("", section);
    }

    private static List<TargetConfig> targets(Section root) {
        List<TargetConfig> targets = new ArrayList<>();
        HashSet<String> names = new HashSet<>();
        for (Section section : root.sections("targets")) {
            String name = section.text("name");
            if (!name.isEmpty() && (!NAME.matcher(name).matches() || !names.add(name))) {
                section.problem("name", "must be unique, of letters, digits, _ and -");
            }
            List<String> kinds =
                    section.keys().stream().filter(k -> !k.equals("name")).toList();
            if (kinds.size() == 1) {
                targets.add(new TargetConfig(name, kinds.getFirst(), section.section(kinds.getFirst())));
            } else {
                section.problems()
                        .add(section.path() + ": needs a name and exactly one kind of target, such as lancedb");
            }
        }
        if (targets.isEmpty()) {
            root.problem("targets", "at least one target is needed");
        }
        return targets;
    }

    private static List<TransformStep> transform(Section root) {
        List<TransformStep> steps = new ArrayList<>();
        for (Section step : root.sections("transform")) {
            if (step.has("rename")) {
                steps.add(new TransformStep.Rename(pairs(step.section("rename"))));
            } else if (step.has("drop")) {
                steps.add(new TransformStep.Drop(step.texts("drop")));
            } else if (step.has("filter")) {
                steps.add(new TransformStep.Filter(step.text("filter")));
            } else if (step.has("set")) {
                steps.add(new TransformStep.Set(pairs(step.section("set"))));
            } else if (step.has("normalize")) {
                steps.add(normalize(step));
            }
            step.done();
        }
        return steps;
    }

    /** {@code normalize: l2}, or {@code normalize: {embedding: l2}} of some vectors. */
    private static TransformStep normalize(Section step) {
        Optional<Section> named = step.isSection("normalize") ? step.optionalSection("normalize") : Optional.empty();
        if (named.isEmpty()) {
            return new TransformStep.Normalize(
                    step.choice("normalize", TransformStep.Norm.class, TransformStep.Norm.L2), List.of());
        }
        List<String> vectors = named.get().keys();
        vectors.forEach(vector -> named.get().choice(vector, TransformStep.Norm.class, TransformStep.Norm.L2));
        named.get().done();
        return new TransformStep.Normalize(TransformStep.Norm.L2, vectors);
    }

    private static Map<String, String> pairs(Section section) {
        return new LinkedHashMap<>(section.rest());
    }

    private static KafkaConfig kafka(Section root) {
        Section section = root.sectionOrEmpty("kafka");
        return new KafkaConfig(
                section.optionalText("bootstrap.servers"),
                section.integer("partitions", DEFAULT_PARTITIONS, 1, MAX_PARTITIONS),
                section.rest());
    }

    private static VerificationConfig verification(Section root) {
        Section section = root.sectionOrEmpty("verification");
        Section continuous = section.sectionOrEmpty("continuous");
        ContinuousVerification config = new ContinuousVerification(
                continuous.flag("enabled", true),
                continuous.integer("rowsPerSecond", DEFAULT_VERIFIED_ROWS_PER_SECOND, 1, MAX_VERIFIED_ROWS_PER_SECOND),
                continuous.integer("share", DEFAULT_VERIFICATION_SHARE, 1, 100),
                continuous.duration("sweepEvery", DEFAULT_SWEEP_EVERY));
        continuous.done();
        Duration checkpointEvery = section.duration("checkpointEvery", DEFAULT_CHECKPOINT_EVERY);
        section.done();
        return new VerificationConfig(config, checkpointEvery);
    }

    private static SwitchConfig switching(Section root) {
        Section section = root.sectionOrEmpty("switch");
        SwitchConfig config = new SwitchConfig(
                section.duration("maxLag", DEFAULT_MAX_LAG),
                section.duration("verifiedWithin", DEFAULT_VERIFIED_WITHIN));
        section.done();
        return config;
    }

    private static RoutingConfig routing(Section root) {
        Section section = root.sectionOrEmpty("routing");
        RoutingConfig config = new RoutingConfig(
                section.duration("window", DEFAULT_WINDOW),
                section.integer("minComparisons", DEFAULT_MIN_COMPARISONS, 1, MAX_COMPARISONS),
                section.integer("maxErrorPercent", DEFAULT_MAX_ERROR_PERCENT, 0, 100),
                section.integer("minOverlapPercent", DEFAULT_MIN_OVERLAP_PERCENT, 0, 100),
                section.duration("maxP99", DEFAULT_MAX_P99));
        section.done();
        return config;
    }

    private static ControlConfig control(Section root) {
        Section section = root.sectionOrEmpty("control");
        Optional<String> token = section.optionalText("token");
        ControlConfig config = new ControlConfig(
                ServerConfig.from(section, "listen", DEFAULT_LISTEN, token),
                ServerConfig.from(section, "lookup.listen", DEFAULT_LOOKUP_LISTEN, token),
                section.duration("barrier.interval", DEFAULT_BARRIER_INTERVAL));
        section.done();
        return config;
    }
}
