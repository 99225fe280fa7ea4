package io.vectorferry.contracts.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A mapping of the pipeline file, read key by key. An invalid value is added to {@link Problems} and a placeholder is
 * returned, so that all problems are reported together; {@link #done} then reports unknown keys. Not thread-safe.
 */
public final class Section {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d+)(ms|s|m|h|d)");

    private final String path;
    private final MappingNode node;
    private final PipelineFile file;
    private final Set<String> known = new LinkedHashSet<>();

    Section(String path, MappingNode node, PipelineFile file) {
        this.path = path;
        this.node = node;
        this.file = file;
    }

    public String path() {
        return path;
    }

    /** The folder that relative paths in the file are relative to is the working directory; this only names the problem list. */
    public Problems problems() {
        return file.problems();
    }

    public boolean has(String key) {
        known.add(key);
        return find(key) != null;
    }

    /** Adds a problem that names this section's key and its line. */
    public void problem(String key, String what) {
        Node found = find(key);
        file.problems().add("%s%s: %s".formatted(pathOf(key), at(found == null ? node : found), what));
    }

    public String text(String key) {
        Optional<String> found = optionalText(key);
        if (found.isEmpty() && !(find(key) instanceof ScalarNode)) {
            problem(key, "is missing");
        }
        return found.orElse("");
    }

    public String text(String key, String fallback) {
        return optionalText(key).orElseGet(() -> noted(key, fallback));
    }

    public Optional<String> optionalText(String key) {
        known.add(key);
        Node found = find(key);
        if (found == null) {
            return Optional.empty();
        }
        if (!(found instanceof ScalarNode scalar)) {
            problem(key, "must be a single value");
            return Optional.empty();
        }
        return file.resolve(pathOf(key), scalar);
    }

    public int integer(String key, int fallback, int min, int max) {
        Optional<String> text = optionalText(key);
        if (text.isEmpty()) {
            noted(key, Integer.toString(fallback));
            return fallback;
        }
        try {
            int value = new BigDecimal(text.get()).intValueExact();
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // told below, with the bounds
        }
        problem(key, "must be a whole number from %d to %d".formatted(min, max));
        return fallback;
    }

    public boolean flag(String key, boolean fallback) {
        return switch (text(key, Boolean.toString(fallback))) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                problem(key, "must be true or false");
                yield fallback;
            }
        };
    }

    /** Such as {@code 500ms}, {@code 10s}, {@code 5m}, or ISO-8601. */
    public Duration duration(String key, Duration fallback) {
        Optional<String> text = optionalText(key);
        if (text.isEmpty()) {
            noted(key, fallback.toString());
            return fallback;
        }
        Matcher shortForm = SHORT_DURATION.matcher(text.get());
        if (shortForm.matches()) {
            long amount = Long.parseLong(shortForm.group(1));
            return switch (shortForm.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> Duration.ofDays(amount);
            };
        }
        try {
            return Duration.parse(text.get());
        } catch (DateTimeParseException e) {
            problem(key, "must be a duration such as 500ms, 10s or 5m");
            return fallback;
        }
    }

    /** One of the constants, written in lower case with {@code -} for {@code _}. */
    public <E extends Enum<E>> E choice(String key, Class<E> type, E fallback) {
        String text = text(key, label(fallback));
        List<String> labels = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            if (label(constant).equals(text)) {
                return constant;
            }
            labels.add(label(constant));
        }
        problem(key, "must be one of " + String.join(", ", labels) + "; it is " + text);
        return fallback;
    }

    /** Whether the key has a mapping, and not a single value. */
    public boolean isSection(String key) {
        return find(key) instanceof MappingNode;
    }

    public Section section(String key) {
        Optional<Section> found = optionalSection(key);
        if (found.isEmpty() && find(key) == null) {
            problem(key, "is missing");
        }
        return found.orElseGet(() -> file.emptySection(pathOf(key)));
    }

    /** Empty when absent, so that each of its keys has its default. */
    public Section sectionOrEmpty(String key) {
        return optionalSection(key).orElseGet(() -> file.emptySection(pathOf(key)));
    }

    public Optional<Section> optionalSection(String key) {
        known.add(key);
        Node found = find(key);
        if (found == null) {
            return Optional.empty();
        }
        if (found instanceof MappingNode mapping) {
            return Optional.of(new Section(pathOf(key), mapping, file));
        }
        problem(key, "must be a mapping");
        return Optional.empty();
    }

    /** A list of mappings; empty when absent. */
    public List<Section> sections(String key) {
        List<Section> sections = new ArrayList<>();
        for (Node item : items(key)) {
            if (item instanceof MappingNode mapping) {
                sections.add(new Section("%s[%d]".formatted(pathOf(key), sections.size()), mapping, file));
            } else {
                problem(key, "must be a list of mappings");
            }
        }
        return sections;
    }

    /** A list of single values, or one single value; empty when absent. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (find(key) instanceof ScalarNode) {
            optionalText(key).ifPresent(texts::add);
            return texts;
        }
        for (Node item : items(key)) {
            if (item instanceof ScalarNode scalar) {
                file.resolve("%s[%d]".formatted(pathOf(key), texts.size()), scalar)
                        .ifPresent(texts::add);
            } else {
                problem(key, "must be a list of single values");
            }
        }
        return texts;
    }

    /** Every key of this section that nobody has read yet, as texts; for open-ended sections. */
    public Map<String, String> rest() {
        Map<String, String> rest = new LinkedHashMap<>();
        for (String key : keys()) {
            if (!known.contains(key)) {
                optionalText(key).ifPresent(value -> rest.put(key, value));
            }
        }
        return rest;
    }

    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        for (NodeTuple tuple : node.getValue()) {
            keys.add(tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?");
        }
        return keys;
    }

    /** Reports each key that no read asked for, with the nearest that one might have meant. */
    public void done() {
        for (String key : keys()) {
            if (!known.contains(key)) {
                problem(key, unknown(key, known));
            }
        }
    }

    /** Reports the key of this section as unknown, with the nearest of the possible keys. */
    public void unknown(Collection<String> possible) {
        String key = path.substring(path.lastIndexOf('.') + 1);
        file.problems().add("%s%s: %s".formatted(path, at(node), unknown(key, possible)));
    }

    private static String unknown(String key, Collection<String> possible) {
        return "unknown key"
                + DidYouMean.of(key, possible)
                        .map(nearest -> ", did you mean " + nearest + "?")
                        .orElse(possible.isEmpty() ? "" : "; known here: " + String.join(", ", possible));
    }

    private List<Node> items(String key) {
        known.add(key);
        Node found = find(key);
        if (found == null) {
            return List.of();
        }
        if (found instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        problem(key, "must be a list");
        return List.of();
    }

    private @Nullable Node find(String key) {
        for (NodeTuple tuple : node.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode scalar
                    && scalar.getValue().equals(key)) {
                return tuple.getValueNode();
            }
        }
        return null;
    }

    private String noted(String key, String fallback) {
        file.note(new Setting(pathOf(key), fallback, "default"));
        return fallback;
    }

    private String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String at(Node node) {
        return node.getStartMark() == null
                ? ""
                : " (line %d)".formatted(node.getStartMark().getLine() + 1);
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
