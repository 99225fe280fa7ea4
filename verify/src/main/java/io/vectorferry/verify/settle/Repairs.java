package io.vectorferry.verify.settle;

import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.verify.ids.RowIds;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.row.Suspect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Sends rows through the pipeline again; never writes to a target behind its back. */
public interface Repairs {
    /** Repairs without a running pipeline: none is possible. */
    Repairs NONE = differences -> {
        throw new IllegalStateException("repair needs a running pipeline");
    };

    /**
     * Returns when all that can be sent is acknowledged.
     *
     * @param differences settled ones
     * @return of those that cannot be sent, why not
     */
    Map<Suspect, String> publish(List<Suspect.Settled> differences);

    /**
     * Publishes rows to {@code changes} again, as redriven rows of the snapshot: every captured change takes
     * precedence over them, and the stream processor emits what it knows as the last content of its key whatever its
     * position. For one thread.
     */
    final class PipelineRepairs implements Repairs {
        private final SourceReader source;
        private final RowIds ids;
        private final RunningPipeline pipeline;

        public PipelineRepairs(SourceReader source, RowIds ids, RunningPipeline pipeline) {
            this.source = source;
            this.ids = ids;
            this.pipeline = pipeline;
        }

        @Override
        public Map<Suspect, String> publish(List<Suspect.Settled> differences) {
            Map<SourceKey, Change> repairs = new LinkedHashMap<>();
            Map<Suspect, String> refused = new LinkedHashMap<>();
            Map<TargetKey.Id, List<SourceKey>> keys = ids.keysOf(differences.stream()
                    .filter(outcome -> outcome.source().isEmpty())
                    .map(outcome -> outcome.suspect().id())
                    .toList());
            for (Suspect.Settled outcome : differences) {
                if (outcome.target().size() > 1) {
                    refused.put(
                            outcome.suspect(),
                            "id %s occurs %d times in the target, and a write by id replaces one row: delete all rows of this id there, then run `ferry verify --repair` again"
                                    .formatted(
                                            outcome.suspect().id().text(),
                                            outcome.target().size()));
                    continue;
                }
                Optional<SourceKey> key = key(outcome, keys);
                if (key.isEmpty()) {
                    refused.put(
                            outcome.suspect(),
                            "id %s is only in the target, and no source key maps to it: delete it there"
                                    .formatted(outcome.suspect().id().text()));
                } else {
                    repairs.put(key.get(), new Change.Delete(position(key.get()), Micros.now()));
                }
            }
            rows(repairs.keySet())
                    .forEach((key, row) -> repairs.put(
                            key, new Change.Upsert(Change.Origin.SNAPSHOT, position(key), Micros.now(), row.row())));
            send(repairs);
            return refused;
        }

        private static Optional<SourceKey> key(Suspect.Settled outcome, Map<TargetKey.Id, List<SourceKey>> keys) {
            return outcome.source().isEmpty()
                    ? keys.getOrDefault(outcome.suspect().id(), List.of()).stream()
                            .findFirst()
                    : outcome.source().stream().map(ExpectedRow::key).findFirst();
        }

        /** Returns the rows as they are now, without transforms: these go into the pipeline. */
        private Map<SourceKey, SourceRow> rows(Set<SourceKey> keys) {
            Map<String, List<SourceKey>> byCollection = new HashMap<>();
            keys.forEach(key -> byCollection
                    .computeIfAbsent(key.collection(), collection -> new ArrayList<>())
                    .add(key));
            Map<SourceKey, SourceRow> rows = new HashMap<>();
            byCollection.forEach(
                    (collection, some) -> source.fetch(collection, some).forEach(row -> rows.put(row.key(), row)));
            return rows;
        }

        private SourcePosition position(SourceKey key) {
            return SourcePosition.snapshot(pipeline.view()
                    .get(ControlKey.snapshot(key.collection()))
                    .map(control -> control.getSnapshotProgress().getGeneration())
                    .orElse(1));
        }

        private void send(Map<SourceKey, Change> repairs) {
            TopicSpec<SourceKey, Change> topic = pipeline.topics().changes();
            List<Future<RecordMetadata>> sends = new ArrayList<>();
            try (KafkaProducer<SourceKey, Change> producer = pipeline.kafka().producer(topic)) {
                repairs.forEach((key, change) -> {
                    byte[] original = Objects.requireNonNull(Codecs.CHANGE.encode(change), "a change has bytes");
                    Change again = Change.Redrive.ofRepair(position(key), UnsafeByteOperations.unsafeWrap(original));
                    sends.add(producer.send(new ProducerRecord<>(topic.name(), key, again)));
                });
                for (Future<RecordMetadata> send : sends) {
                    send.get();
                }
            } catch (ExecutionException e) {
                throw FerryException.retryable("a repair could not be sent into the pipeline", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted while repairs were sent", e);
            }
        }
    }
}
