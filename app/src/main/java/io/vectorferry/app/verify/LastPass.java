package io.vectorferry.app.verify;

import io.vectorferry.app.pipeline.LoadedPipeline;
import io.vectorferry.contracts.config.Setting;
import io.vectorferry.control.verify.KeysSince;
import io.vectorferry.control.verify.LogPlace;
import io.vectorferry.control.verify.PassedVerification;
import io.vectorferry.control.verify.PassedVerifications;
import io.vectorferry.control.verify.TouchedRows;
import io.vectorferry.control.verify.VectorTolerance;
import io.vectorferry.sink.spi.Target;
import java.util.ArrayList;
import java.util.List;

/** The last verification of a target that passed, as {@code data.dir} remembers it, and what the pipeline has touched since. */
final class LastPass {
    /** The settings on which depends what a target should hold, by the beginnings of their paths. */
    private static final List<String> SETTINGS =
            List.of("pipeline", "source", "transform", "ids", "nullVectors", "refusedUpdates", "targets");

    private final PassedVerifications remembered;
    private final RowTopics topics;

    LastPass(LoadedPipeline pipeline, Target target, VectorTolerance tolerance) {
        List<String> settings = new ArrayList<>(List.of(target.name(), tolerance.toString()));
        pipeline.settings().stream()
                .filter(setting -> SETTINGS.stream().anyMatch(setting.path()::startsWith))
                .map(LastPass::text)
                .forEach(settings::add);
        this.remembered = new PassedVerifications(
                pipeline.config().dataDir().resolve("verify").resolve("passed").resolve(target.name() + ".json"),
                settings);
        this.topics = RowTopics.of(pipeline);
    }

    private static String text(Setting setting) {
        return setting.path() + "=" + setting.value();
    }

    PassedVerifications remembered() {
        return remembered;
    }

    LogPlace now(RunningPipeline running) {
        return LogPlace.now(running.kafka(), topics.all());
    }

    TouchedRows touchedSince(PassedVerification passed, RunningPipeline running, List<String> collections) {
        return new TouchedByPipeline(new KeysSince(running.kafka(), passed.place()), topics, collections);
    }
}
