package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.codec.ControlMessageCodec;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.wire.Control;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/** The five topics of a pipeline. */
public record Topics(
        TopicSpec<SourceKey, Change> changes,
        TopicSpec<RecordKey, TargetRecord> records,
        TopicSpec<SourceKey, IdMapping> idMap,
        TopicSpec<SourceKey, DeadLetter> deadLetters,
        TopicSpec<ControlKey, Control> control) {

    /** The largest record that a topic takes; larger rows are dead letters. */
    public static final int MAX_RECORD_BYTES = 32 * 1024 * 1024;

    /** How long {@code changes} is kept. */
    public static final Duration CHANGES_RETENTION = Duration.ofDays(7);

    /** How long a sink may be away before the tombstones that it missed are gone. */
    public static final Duration TOMBSTONE_RETENTION = Duration.ofDays(7);

    private static final Duration DEAD_LETTER_RETENTION = Duration.ofDays(30);

    public static Topics of(String pipeline, int partitions) {
        return new Topics(
                new TopicSpec<>(
                        pipeline + ".changes",
                        Codecs.SOURCE_KEY,
                        Codecs.CHANGE,
                        partitions,
                        deleting(CHANGES_RETENTION)),
                new TopicSpec<>(
                        pipeline + ".records",
                        Codecs.RECORD_KEY,
                        Codecs.RECORD,
                        partitions,
                        compacting(TOMBSTONE_RETENTION)),
                new TopicSpec<>(
                        pipeline + ".id-map",
                        Codecs.SOURCE_KEY,
                        Codecs.ID_MAPPING,
                        partitions,
                        compacting(TOMBSTONE_RETENTION)),
                new TopicSpec<>(
                        pipeline + ".dead-letters",
                        Codecs.SOURCE_KEY,
                        Codecs.DEAD_LETTER,
                        1,
                        deleting(DEAD_LETTER_RETENTION)),
                new TopicSpec<>(
                        pipeline + ".control",
                        ControlKey.CODEC,
                        ControlMessageCodec.CONTROL,
                        1,
                        compacting(TOMBSTONE_RETENTION)));
    }

    /** The topic between documents and the vectors that they refer to; only a pipeline that joins them has it. */
    public TopicSpec<SourceKey, Change> references() {
        String pipeline = changes.name().substring(0, changes.name().lastIndexOf('.'));
        return new TopicSpec<>(
                pipeline + ".references", changes.keys(), changes.values(), changes.partitions(), changes.settings());
    }

    /** The consumer group of a sink whose target does not remember offsets itself. */
    public String sinkGroup(String target) {
        String name = records.name();
        return name.substring(0, name.lastIndexOf('.')) + ".sink." + target;
    }

    public List<TopicSpec<?, ?>> all() {
        return List.of(changes, records, idMap, deadLetters, control);
    }

    private static Map<String, String> deleting(Duration retention) {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()),
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_RECORD_BYTES));
    }

    private static Map<String, String> compacting(Duration tombstones) {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
                TopicConfig.DELETE_RETENTION_MS_CONFIG, Long.toString(tombstones.toMillis()),
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_RECORD_BYTES));
    }
}
