package io.vectorferry.app.pipeline;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.SourceConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.config.Setting;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceFactories;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactories;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.core.config.Configurator;

/** A pipeline file with its source and targets configured; nothing is connected yet. */
public record LoadedPipeline(PipelineConfig config, Source source, List<Target> targets, List<Setting> settings)
        implements AutoCloseable {
    public LoadedPipeline {
        targets = List.copyOf(targets);
        settings = List.copyOf(settings);
    }

    /** All that is wrong with the file is told at once, whichever module found it. */
    public static LoadedPipeline read(Path path, List<String> overrides) {
        PipelineFile file = PipelineFile.read(path, overrides, System.getenv());
        PipelineConfig config = PipelineConfig.from(file);
        TargetFactories factories = TargetFactories.load();
        List<Target> targets = new ArrayList<>();
        for (TargetConfig target : config.targets()) {
            factories
                    .find(target.kind(), target.settings())
                    .map(factory -> factory.configure(target.name(), target.settings()))
                    .ifPresent(targets::add);
        }
        SourceConfig source = config.source();
        Optional<Source> configured = SourceFactories.load()
                .find(source.kind(), source.settings())
                .map(factory -> factory.configure(config, source.settings()));
        file.problems().throwIfAny();
        DataDirectory.prepare(config.dataDir());
        System.setProperty("ferry.log", config.dataDir().resolve("ferry.log").toString());
        Configurator.reconfigure();
        return new LoadedPipeline(config, configured.orElseThrow(), targets, file.settings());
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
