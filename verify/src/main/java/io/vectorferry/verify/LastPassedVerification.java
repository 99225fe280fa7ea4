package io.vectorferry.verify;

import io.vectorferry.contracts.config.Setting;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.contracts.kafka.TopicKeys;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.diff.TouchedComparison.TouchedRows;
import io.vectorferry.verify.notes.PassedVerifications;
import io.vectorferry.verify.notes.PassedVerifications.PassedVerification;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.settle.RunningPipeline;
import io.vectorferry.verify.source.ChangedRowTopics;
import io.vectorferry.verify.source.LoadedPipeline;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/** The last verification of a target that passed, as {@code data.dir} remembers it, and what the pipeline has touched since. */
public final class LastPassedVerification {
    /** The settings on which depends what a target should hold, by the beginnings of their paths. */
    private static final List<String> SETTINGS =
            List.of("pipeline", "source", "transform", "ids", "nullVectors", "refusedUpdates", "targets");

    private final PassedVerifications remembered;
    private final ChangedRowTopics topics;

    LastPassedVerification(LoadedPipeline pipeline, Target target, VectorTolerance tolerance) {
        List<String> settings = new ArrayList<>(List.of(target.name(), tolerance.toString()));
        pipeline.settings().stream()
                .filter(setting -> SETTINGS.stream().anyMatch(setting.path()::startsWith))
                .map(LastPassedVerification::text)
                .forEach(settings::add);
        this.remembered = new PassedVerifications(
                pipeline.config().dataDir().resolve("verify").resolve("passed").resolve(target.name() + ".json"),
                settings);
        this.topics = ChangedRowTopics.of(pipeline);
    }

    private static String text(Setting setting) {
        return setting.path() + "=" + setting.value();
    }

    PassedVerifications remembered() {
        return remembered;
    }

    public TopicEnds now(RunningPipeline running) {
        return TopicEnds.now(running.kafka(), topics.all());
    }

    TouchedRows touchedSince(PassedVerification passed, RunningPipeline running, List<String> collections) {
        return new TouchedByPipeline(new TopicKeys(running.kafka(), passed.place()), topics, collections);
    }

    /**
     * The rows of some collections in a pipeline's topics: those that were changed, and those that were written, since a truncation or a sweep
     * changes rows without naming them.
     */
    record TouchedByPipeline(TopicKeys since, ChangedRowTopics topics, List<String> collections)
            implements TouchedRows {
        TouchedByPipeline {
            collections = List.copyOf(collections);
        }

        @Override
        public void read(Consumer<Collection<SourceKey>> changed, Consumer<Collection<TargetKey.Id>> written) {
            topics.changed().forEach(named -> since.read(named.topic(), keys -> changed.accept(named.rows(keys))));
            since.read(topics.topics().records(), keys -> written.accept(ids(keys)));
        }

        private List<TargetKey.Id> ids(Collection<RecordKey> keys) {
            return keys.stream()
                    .filter(RecordKey.OfRow.class::isInstance)
                    .map(key -> ((RecordKey.OfRow) key).key())
                    .filter(key -> collections.contains(key.collection()))
                    .map(TargetKey::id)
                    .toList();
        }
    }
}
