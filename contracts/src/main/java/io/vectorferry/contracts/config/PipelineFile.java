package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A pipeline.yaml as read: its tree with line numbers, {@code --set} applied, and what has been asked of it so far. For one thread. */
public final class PipelineFile {
    /** Whose secrets a command needs: it must not ask for those of a store that it does not open. */
    public enum Secrets {
        ALL,
        OF_SOURCE,
        OF_TARGETS,
        /** No secret of the source or a target. */
        OF_NO_STORE,
        NONE;

        /** The top-level section of a setting whose secret may be missing; empty: it may not. */
        private Optional<String> unneeded(String path) {
            String section = path.split("[.\\[]", 2)[0];
            boolean needed =
                    switch (this) {
                        case ALL -> true;
                        case OF_SOURCE -> !section.equals(TARGETS);
                        case OF_TARGETS -> !section.equals(SOURCE);
                        case OF_NO_STORE -> !section.equals(SOURCE) && !section.equals(TARGETS);
                        case NONE -> false;
                    };
            return needed ? Optional.empty() : Optional.of(section);
        }
    }

    private static final String SOURCE = "source";
    private static final String TARGETS = "targets";
    private static final String NOT_SET = "(not set)";

    private final String name;
    private final MappingNode tree;
    private final SecretReferences secrets;
    private final Secrets needed;
    private final Problems problems;
    private final List<Setting> settings = new ArrayList<>();

    private PipelineFile(String name, MappingNode tree, SecretReferences secrets, Secrets needed) {
        this.name = name;
        this.tree = tree;
        this.secrets = secrets;
        this.needed = needed;
        this.problems = new Problems(name);
    }

    /**
     * @param overrides {@code --set} pairs, such as {@code source.postgres.user=app}
     * @param environment what {@code ${env:X}} looks up
     * @param needed where another secret is missing, what is wrong with its section is not reported
     */
    public static PipelineFile read(
            Path path, List<String> overrides, Map<String, String> environment, Secrets needed) {
        try (Reader reader = Files.newBufferedReader(path)) {
            return parse(path.toString(), reader, overrides, environment, needed);
        } catch (NoSuchFileException e) {
            throw FerryException.misconfigured(
                    "there is no file " + path, "Name the pipeline with -f; docs/pipeline.md shows one.", e);
        } catch (IOException e) {
            throw FerryException.misconfigured("%s cannot be read: %s".formatted(path, e.getMessage()), "", e);
        }
    }

    public static PipelineFile of(String yaml, List<String> overrides, Map<String, String> environment) {
        return of(yaml, overrides, environment, Secrets.ALL);
    }

    /** Reads the text of a file, like {@link #read}. */
    public static PipelineFile of(
            String yaml, List<String> overrides, Map<String, String> environment, Secrets needed) {
        return parse("pipeline.yaml", new StringReader(yaml), overrides, environment, needed);
    }

    private static PipelineFile parse(
            String name, Reader reader, List<String> overrides, Map<String, String> environment, Secrets needed) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        try {
            Node root = new Yaml(new SafeConstructor(options)).compose(reader);
            if (!(root instanceof MappingNode mapping)) {
                throw FerryException.misconfigured(
                        name + " is not a YAML mapping", "It starts with a line such as `pipeline: articles`.");
            }
            for (String override : overrides) {
                Overrides.apply(mapping, override);
            }
            return new PipelineFile(name, mapping, new SecretReferences(environment), needed);
        } catch (MarkedYAMLException e) {
            throw FerryException.misconfigured(
                    "%s is not valid YAML: %s (line %d)"
                            .formatted(name, e.getProblem(), e.getProblemMark().getLine() + 1),
                    "Check the indentation and the quotes there."); // its text quotes the line, with a password perhaps
        } catch (YAMLException e) {
            throw FerryException.misconfigured("%s is not valid YAML".formatted(name), "");
        }
    }

    public String name() {
        return name;
    }

    public Section root() {
        return new Section("", tree, this);
    }

    public Problems problems() {
        return problems;
    }

    /** Every setting that was read so far, secrets masked. */
    public List<Setting> settings() {
        return List.copyOf(settings);
    }

    Section emptySection(String path) {
        return new Section(path, new MappingNode(Tag.MAP, new ArrayList<>(), tree.getFlowStyle()), this);
    }

    void note(Setting setting) {
        if (settings.stream().noneMatch(s -> s.path().equals(setting.path()))) {
            settings.add(setting);
        }
    }

    Optional<String> resolve(String path, ScalarNode scalar) {
        String origin = scalar.getStartMark() == null
                ? "--set"
                : "line " + (scalar.getStartMark().getLine() + 1);
        SecretReferences.Resolved resolved = secrets.resolve(scalar.getValue());
        return switch (resolved) {
            case SecretReferences.Plain(String value) -> {
                note(new Setting(path, Masks.shown(path, value), origin));
                yield Optional.of(value);
            }
            case SecretReferences.Secret(String value) -> {
                note(new Setting(path, Masks.MASK, origin + ", " + scalar.getValue()));
                yield Optional.of(value);
            }
            case SecretReferences.Missing(String why) -> {
                Optional<String> unneeded = needed.unneeded(path);
                if (unneeded.isPresent()) {
                    note(new Setting(path, NOT_SET, origin + ", " + scalar.getValue()));
                    problems.disregard(unneeded.get());
                } else {
                    problems.add("%s (%s): %s".formatted(path, origin, why));
                }
                yield Optional.empty();
            }
        };
    }
}
