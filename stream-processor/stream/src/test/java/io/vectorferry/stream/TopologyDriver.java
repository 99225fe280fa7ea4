package io.vectorferry.stream;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.CodecDeserializer;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.rules.ids.SharedTables;
import io.vectorferry.stream.join.state.JoinStores.ReferenceCounts;
import io.vectorferry.stream.state.PartitionCounters.StreamCounts;
import io.vectorferry.stream.state.RowState;
import io.vectorferry.stream.state.StateStores;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** The real topology on a real store, one partition, no broker. */
public final class TopologyDriver implements AutoCloseable {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final TopologyTestDriver driver;
    private final TestInputTopic<byte[], byte[]> changes;
    private final TestOutputTopic<RecordKey, TargetRecord> records;
    private final TestOutputTopic<byte[], byte @Nullable []> idMap;
    private final TestOutputTopic<byte[], DeadLetter> deadLetters;
    private final Map<Integer, StreamCounts> counts = new TreeMap<>();

    private final Map<Integer, ReferenceCounts> references = new TreeMap<>();

    TopologyDriver(PipelineConfig config) {
        this(config, SharedTables.NONE);
    }

    TopologyDriver(PipelineConfig config, SharedTables shared) {
        this(config, shared, 2);
    }

    /** @param partitions as many as the pipeline is told; the driver has one of them */
    TopologyDriver(PipelineConfig config, SharedTables shared, int partitions) {
        Topics topics = Topics.of(config.pipeline(), partitions);
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "topology-driver");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
        settings.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        driver = new TopologyTestDriver(
                ReplicationTopology.build(
                        config, topics, new IdRule(config.ids(), shared), counts::put, references::put),
                settings,
                START);
        changes =
                driver.createInputTopic(topics.changes().name(), new ByteArraySerializer(), new ByteArraySerializer());
        records = driver.createOutputTopic(
                topics.records().name(),
                new CodecDeserializer<>(Codecs.RECORD_KEY, true),
                new CodecDeserializer<>(Codecs.RECORD, false));
        idMap = driver.createOutputTopic(
                topics.idMap().name(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        deadLetters = driver.createOutputTopic(
                topics.deadLetters().name(),
                new ByteArrayDeserializer(),
                new CodecDeserializer<>(Codecs.DEAD_LETTER, false));
    }

    void pipe(SourceKey key, Change change) {
        pipeBytes(Codecs.SOURCE_KEY.encode(key), Codecs.CHANGE.encode(change));
    }

    void broadcast(Change change) {
        pipeBytes(null, Codecs.CHANGE.encode(change));
    }

    void pipeBytes(byte @Nullable [] key, byte @Nullable [] value) {
        changes.pipeInput(new TestRecord<>(key, value));
    }

    public void upsert(long id, SourcePosition position, Row row) {
        pipe(TestPipelines.key(id), new Change.Upsert(Change.Origin.UPDATE, position, 0, row));
    }

    public void delete(long id, SourcePosition position) {
        pipe(TestPipelines.key(id), new Change.Delete(position, 0));
    }

    void advance(Duration wallTime) {
        driver.advanceWallClockTime(wallTime);
    }

    /** What came out since the last call, such as {@code 1=en} and {@code 1-}. */
    List<String> written() {
        return records.readRecordsToList().stream()
                .map(record -> name(record.key()) + shown(record.value()))
                .toList();
    }

    List<TestRecord<RecordKey, TargetRecord>> records() {
        return records.readRecordsToList();
    }

    /** What came out since the last call, such as {@code 1->1} and {@code 1-}. */
    public List<String> mapped() {
        return idMap.readRecordsToList().stream()
                .map(record -> Codecs.SOURCE_KEY.decode(record.key()).parts().toString() + shown(record.value()))
                .toList();
    }

    public List<DeadLetter> deadLetters() {
        return deadLetters.readValuesToList();
    }

    /** Those of the letters since the last call, with something of each. */
    <T> List<Map.Entry<Optional<SourceKey>, T>> letterKeys(Function<DeadLetter, T> of) {
        return deadLetters.readRecordsToList().stream()
                .map(letter -> Map.entry(
                        Optional.ofNullable(letter.key()).map(Codecs.SOURCE_KEY::decode), of.apply(letter.value())))
                .toList();
    }

    public StreamCounts counts() {
        advance(Duration.ofSeconds(1));
        return counts.getOrDefault(0, StreamCounts.ZERO);
    }

    ReferenceCounts references() {
        advance(Duration.ofSeconds(1));
        return references.getOrDefault(0, ReferenceCounts.ZERO);
    }

    @Nullable
    RowState state(long id) {
        KeyValueStore<Bytes, RowState> rows = driver.getKeyValueStore(StateStores.ROWS);
        return rows.get(Bytes.wrap(Codecs.SOURCE_KEY.encode(TestPipelines.key(id))));
    }

    /** How many entries of a store begin with each byte, as a character. */
    Map<Character, Integer> stored(String store) {
        Map<Character, Integer> entries = new TreeMap<>();
        KeyValueStore<Bytes, Object> found = driver.getKeyValueStore(store);
        try (KeyValueIterator<Bytes, Object> all = found.all()) {
            all.forEachRemaining(entry -> entries.merge((char) entry.key.get()[0], 1, Integer::sum));
        }
        return entries;
    }

    private static String name(RecordKey key) {
        return switch (key) {
            case RecordKey.OfRow(TargetKey row) ->
                switch (row.id()) {
                    case TargetKey.NumberId(long number) -> Long.toString(number);
                    case TargetKey.TextId(String text) -> text;
                };
            case RecordKey.OfBarrier(int partition) -> "barrier/" + partition;
        };
    }

    private static String shown(TargetRecord record) {
        return switch (record) {
            case TargetRecord.Upsert upsert ->
                "="
                        + upsert.row().fields().stream()
                                .map(f -> TestValues.shown(f.value()))
                                .toList();
            case TargetRecord.Delete() -> "-";
            case TargetRecord.BarrierMark(var barrier) -> "=" + barrier.id();
        };
    }

    private static String shown(byte @Nullable [] mapping) {
        if (mapping == null) {
            return "-";
        }
        IdMapping decoded = Codecs.ID_MAPPING.decode(mapping);
        return "->" + name(new RecordKey.OfRow(decoded.target()));
    }

    @Override
    public void close() {
        driver.close();
    }
}
