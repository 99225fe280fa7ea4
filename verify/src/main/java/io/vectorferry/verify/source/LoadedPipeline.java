package io.vectorferry.verify.source;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Setting;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.sink.spi.Target;
import java.util.List;

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

    public Topics topics() {
        return Topics.of(config.pipeline(), config.kafka().partitions());
    }

    @Override
    public void close() {
        targets.forEach(Target::close);
    }
}
