package io.vectorferry.sink.connect.settings;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The properties {@code <kind>.*} as the target's section of a pipeline has them, read by the target itself: its
 * settings, their bounds and their defaults are in one place.
 */
public final class TargetSettings {
    /** A problem with a property. */
    public record Problem(String key, String message) {}

    private final TargetFactory factory;
    private final String tableKey;

    /** @param tableKey what the target calls its table in its section */
    TargetSettings(TargetFactory factory, String tableKey) {
        this.factory = factory;
        this.tableKey = tableKey;
    }

    public Target configure(Map<String, String> properties) {
        PipelineFile file = file(properties);
        Target target = factory.configure(
                properties.getOrDefault("name", factory.kind()), file.root().section(factory.kind()));
        file.problems().throwIfAny();
        return target;
    }

    public List<Problem> problems(Map<String, String> properties) {
        List<Problem> problems = new ArrayList<>();
        String table = factory.kind() + "." + tableKey;
        if (properties.containsKey(table)) {
            problems.add(new Problem(table, "is not a property here: set the table with collection.name.format"));
            return problems;
        }
        try {
            PipelineFile file = file(properties);
            Section section = file.root().section(factory.kind());
            factory.configure("check", section).close();
            for (String problem : file.problems().found()) {
                problems.add(parsed(problem));
            }
        } catch (FerryException e) {
            problems.add(new Problem(factory.kind() + ".uri", e.getMessage() + " " + e.remedy()));
        }
        return problems;
    }

    /** {@code lancedb.index.type (line 3): must be …} names the property first. */
    private static Problem parsed(String problem) {
        int colon = problem.indexOf(": ");
        String path = colon < 0 ? problem : problem.substring(0, colon);
        int line = path.indexOf(" (line ");
        return new Problem(line < 0 ? path : path.substring(0, line), problem.substring(Math.max(0, colon + 2)));
    }

    private PipelineFile file(Map<String, String> properties) {
        StringBuilder yaml = new StringBuilder();
        SettingTree tree = new SettingTree();
        String prefix = factory.kind() + ".";
        new TreeMap<>(properties).forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                tree.put(List.of(key.substring(prefix.length()).split("\\.", -1)), value);
            }
        });
        tree.put(List.of(tableKey), "${collection}");
        yaml.append(factory.kind()).append(":\n");
        tree.print(yaml, 1);
        return PipelineFile.of(yaml.toString(), List.of(), Map.of());
    }
}
