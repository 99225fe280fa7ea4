package io.vectorferry.verify.source;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Setting;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.sink.spi.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pipeline file with its source and targets configured; nothing is connected yet. */
public record LoadedPipeline(PipelineConfig config, Source source, List<Target> targets, List<Setting> settings)
        implements AutoCloseable {
    public LoadedPipeline {
        targets = List.copyOf(targets);
        settings = List.copyOf(settings);
    }

    public Target target(String name) {
        return targets.stream()
                .filter(target -> target.name().equals(name))
                .findFirst()
                .orElseThrow(() -> FerryException.misconfigured(
                        "the pipeline has no target " + name,
                        "Its targets: "
                                + String.join(
                                        ", ", targets.stream().map(Target::name).toList())
                                + "."));
    }

    /** Returns the collections of each table of a target: those that share a table are compared with it together. */
    public Collection<List<String>> tables(Target target) {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        for (String collection : source.collections()) {
            tables.computeIfAbsent(target.sharing(collection), table -> new ArrayList<>())
                    .add(collection);
        }
        return tables.values();
    }

    /** The source's collections whose snapshots are recorded, without asking a source that may grow. */
    public List<String> recordedSnapshots(ControlView view) {
        String prefix = ControlKey.snapshot("").text();
        return source.mayGrow()
                ? view.withPrefix(prefix).keySet().stream()
                        .map(key -> key.substring(prefix.length()))
                        .toList()
                : source.snapshots();
    }

    public Topics topics() {
        return Topics.of(config.pipeline(), config.kafka().partitions());
    }

    @Override
    public void close() {
        targets.forEach(Target::close);
    }
}
