package io.vectorferry.sink.connect.settings;

import io.vectorferry.contracts.FerryException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Dotted properties as the nested mapping of a pipeline file. For one thread. */
public final class SettingTree {
    private final Map<String, SettingTree> children = new TreeMap<>();
    private @Nullable String value;

    public void put(List<String> path, String text) {
        if (path.isEmpty()) {
            value = text;
        } else {
            children.computeIfAbsent(path.getFirst(), k -> new SettingTree()).put(path.subList(1, path.size()), text);
        }
    }

    void print(StringBuilder yaml, int depth) {
        children.forEach((key, child) -> {
            yaml.append("  ".repeat(depth)).append(quoted(key)).append(':');
            String text = child.value;
            if (text != null && !child.children.isEmpty()) {
                throw FerryException.misconfigured(
                        "property %s has both a value and subproperties".formatted(key), "Remove one of the two.");
            }
            if (text == null) {
                yaml.append('\n');
                child.print(yaml, depth + 1);
            } else {
                yaml.append(' ').append(quoted(text)).append('\n');
            }
        });
    }

    private static String quoted(String text) {
        return JsonText.quoted(text);
    }
}
