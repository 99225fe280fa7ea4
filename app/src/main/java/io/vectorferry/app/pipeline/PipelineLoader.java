package io.vectorferry.app.pipeline;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.SourceConfig;
import io.vectorferry.contracts.config.PipelineConfig.TargetConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactories;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactories;
import io.vectorferry.verify.source.LoadedPipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.core.config.Configurator;

/** Reads a pipeline file and configures its source and targets. */
public final class PipelineLoader {
    private PipelineLoader() {}

    /** Reads the pipeline file with every secret. */
    public static LoadedPipeline read(Path path, List<String> overrides) {
        return read(path, overrides, PipelineFile.Secrets.ALL);
    }

    /** Reads the pipeline file. Reports all of its problems at once, whichever module finds them. */
    public static LoadedPipeline read(Path path, List<String> overrides, PipelineFile.Secrets needed) {
        PipelineFile file = PipelineFile.read(path, overrides, System.getenv(), needed);
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
        refuseOwnSource(configured.orElseThrow(), targets);
        DataDirectory.prepare(config.dataDir());
        System.setProperty("ferry.log", config.dataDir().resolve("ferry.log").toString());
        Configurator.reconfigure();
        return new LoadedPipeline(config, configured.orElseThrow(), targets, file.settings());
    }

    /** Refuses a target that writes what the source reads: such a pipeline would follow its own writes. */
    private static void refuseOwnSource(Source source, List<Target> targets) {
        for (Target target : targets) {
            if (source.store().isEmpty() || !source.store().equals(target.store())) {
                continue;
            }
            if (source.mayGrow()) {
                throw FerryException.misconfigured(
                        "target %s writes to the database of which the source reads every collection, so also what ferry creates"
                                .formatted(target.name()),
                        "List the collections in the source (`collections: […]`), or set another database for the target.");
            }
            for (String collection : source.collections()) {
                if (source.collections().contains(target.tableOf(collection))) {
                    throw FerryException.misconfigured(
                            "target %s writes to %s, which the source reads"
                                    .formatted(target.name(), target.tableOf(collection)),
                            "Set another collection or database for the target.");
                }
            }
        }
    }
}
