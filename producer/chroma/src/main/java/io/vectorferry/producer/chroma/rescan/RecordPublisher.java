package io.vectorferry.producer.chroma.rescan;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.chroma.memory.PublishedRows;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.chroma.ChromaRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Publishes what one look at a collection found to differ from what was published before. Safe for any thread. */
public final class RecordPublisher {
    private final ChangePublisher publisher;
    private final String collection;
    private final PublishedRows published;
    private final long look;
    /** Counts what this look publishes: a record that it reads and then finds gone is deleted behind what it read. */
    private final AtomicInteger order = new AtomicInteger();

    RecordPublisher(ChangePublisher publisher, String collection, PublishedRows published, long look) {
        this.publisher = publisher;
        this.collection = collection;
        this.published = published;
        this.look = look;
    }

    private SourcePosition next() {
        return SourcePosition.stream(published.identity().generation(), look, order.getAndIncrement());
    }

    /** Returns how many differed, once all of them are acknowledged. */
    public int publish(List<ChromaRecord> rows) {
        Map<String, Hash128> hashes = new LinkedHashMap<>();
        List<ChromaRecord> differing = new ArrayList<>();
        for (ChromaRecord row : rows) {
            Hash128 hash = hash(row);
            if (!published.holds(row.id(), hash)) {
                hashes.put(row.id(), hash);
                differing.add(row);
            }
        }
        if (differing.isEmpty()) {
            return 0;
        }
        List<Change.Origin> origins = differing.stream().map(this::origin).toList();
        published.announce(hashes.keySet());
        send(differing, origins);
        published.published(hashes);
        return differing.size();
    }

    /** Publishes the deletion of those that were published. Returns how many, once they are acknowledged. */
    public int delete(Collection<String> ids) {
        List<String> known = ids.stream().filter(published::knows).toList();
        if (!known.isEmpty()) {
            List<Future<RecordMetadata>> sends = new ArrayList<>();
            SourcePosition position = next();
            long now = Micros.now();
            known.forEach(id -> sends.add(publisher.send(key(collection, id), new Change.Delete(position, now))));
            publisher.await(sends);
            published.removed(known);
        }
        return known.size();
    }

    private void send(List<ChromaRecord> rows, List<Change.Origin> origins) {
        List<Future<RecordMetadata>> sends = new ArrayList<>();
        boolean deadLetters = false;
        SourcePosition position = next();
        long now = Micros.now();
        for (int i = 0; i < rows.size(); i++) {
            ChromaRecord row = rows.get(i);
            String problem = row.problem();
            if (problem == null) {
                sends.add(publisher.send(
                        key(collection, row.id()), new Change.Upsert(origins.get(i), position, now, row.row())));
            } else {
                publisher.deadLetter(key(collection, row.id()), ErrorType.DATA_CORRUPTION, problem, position);
                deadLetters = true;
            }
        }
        publisher.await(sends);
        if (deadLetters) {
            publisher.flush();
        }
    }

    private Change.Origin origin(ChromaRecord row) {
        if (published.knows(row.id())) {
            return Change.Origin.UPDATE;
        }
        return published.isComplete() ? Change.Origin.CREATE : Change.Origin.SNAPSHOT;
    }

    private static Hash128 hash(ChromaRecord row) {
        return Hash128.sha256(
                Objects.requireNonNull(Codecs.ROW.encode(row.row()), "a row has bytes"),
                String.valueOf(row.problem()).getBytes(StandardCharsets.UTF_8));
    }

    public static SourceKey key(String collection, String id) {
        return new SourceKey(collection, List.of(new Value.Text(id)));
    }
}
