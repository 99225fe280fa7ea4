package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/** {@code --set a.b=c} on a file's tree. A list's item is named by its index from 0; a key may itself hold dots ({@code data.dir}). */
final class Overrides {
    private static final List<String> DOTTED_KEYS = List.of("data.dir", "bootstrap.servers", "barrier.interval");

    private Overrides() {}

    static void apply(MappingNode root, String override) {
        int equals = override.indexOf('=');
        if (equals < 1) {
            throw FerryException.misconfigured(
                    "a --set has no key and value", "Write it as --set data.dir=./elsewhere");
        }
        set(root, override.substring(0, equals), override.substring(equals + 1), override);
    }

    private static void set(Node node, String path, String value, String override) {
        switch (node) {
            case MappingNode mapping -> setInMapping(mapping, path, value, override);
            case SequenceNode sequence -> setInList(sequence, path, value, override);
            default -> throw noSuch(override);
        }
    }

    private static void setInMapping(MappingNode mapping, String path, String value, String override) {
        for (NodeTuple tuple : mapping.getValue()) {
            String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (path.equals(key)) {
                put(mapping, tuple, path, scalar(value));
                return;
            }
            if (path.startsWith(key + ".")) {
                set(tuple.getValueNode(), path.substring(key.length() + 1), value, override);
                return;
            }
        }
        String key = DOTTED_KEYS.contains(path) || path.indexOf('.') < 0 ? path : path.substring(0, path.indexOf('.'));
        if (key.equals(path)) {
            put(mapping, null, path, scalar(value));
        } else {
            MappingNode inner = new MappingNode(Tag.MAP, new ArrayList<>(), DumperOptions.FlowStyle.BLOCK);
            put(mapping, null, key, inner);
            set(inner, path.substring(key.length() + 1), value, override);
        }
    }

    private static void setInList(SequenceNode sequence, String path, String value, String override) {
        int dot = path.indexOf('.');
        String index = dot < 0 ? path : path.substring(0, dot);
        if (!index.matches("\\d{1,4}")
                || Integer.parseInt(index) >= sequence.getValue().size()) {
            throw noSuch(override);
        }
        if (dot < 0) {
            sequence.getValue().set(Integer.parseInt(index), scalar(value));
        } else {
            set(sequence.getValue().get(Integer.parseInt(index)), path.substring(dot + 1), value, override);
        }
    }

    private static void put(MappingNode mapping, @Nullable NodeTuple old, String key, Node value) {
        List<NodeTuple> tuples = new ArrayList<>(mapping.getValue());
        tuples.remove(old);
        tuples.add(new NodeTuple(scalar(key), value));
        mapping.setValue(tuples);
    }

    private static ScalarNode scalar(String value) {
        return new ScalarNode(Tag.STR, value, null, null, DumperOptions.ScalarStyle.PLAIN);
    }

    private static FerryException noSuch(String override) {
        return FerryException.misconfigured(
                "--set %s=… does not name a setting of the pipeline file"
                        .formatted(override.substring(0, override.indexOf('='))),
                "Address list items by index: --set targets.0.lancedb.uri=./elsewhere");
    }
}
