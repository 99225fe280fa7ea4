package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.rescan.memory.FollowedCollection;
import io.vectorferry.producer.rescan.memory.PublishedRows;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import io.vectorferry.producer.spi.SourceRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.RecordMetadata;

/** Publishes what one look at a collection found to differ from what was published before. Safe for any thread. */
final class RowPublisher {
    private static final String SEVERAL =
            "several rows of the collection have this key; the first one that was read is replicated";

    private final ChangePublisher publisher;
    private final StoreCollection collection;
    private final PublishedRows published;
    private final long look;
    /** Counts what this look publishes: a row that it reads and then finds gone is deleted behind what it read. */
    private final AtomicInteger order = new AtomicInteger();

    private final AtomicLong created = new AtomicLong();
    private final AtomicLong surplus = new AtomicLong();

    RowPublisher(ChangePublisher publisher, FollowedCollection followed, long look) {
        this.publisher = publisher;
        this.collection = followed.collection();
        this.published = followed.published();
        this.look = look;
    }

    /** Returns how many keys were read that nothing was known of. */
    long created() {
        return created.get();
    }

    /** Returns how many rows were read whose key another row had. */
    long surplus() {
        return surplus.get();
    }

    private SourcePosition next() {
        return SourcePosition.stream(published.identity().generation(), look, order.getAndIncrement());
    }

    /** Returns the rows without those whose key this look has read before, which it reports. In the order of the reading. */
    List<SourceRow> firstOfEachKey(List<SourceRow> rows) {
        List<SourceRow> first = new ArrayList<>(rows.size());
        List<SourceKey> repeated = new ArrayList<>();
        for (SourceRow row : rows) {
            String id = StoreCollection.textOf(row.key());
            boolean known = published.knows(id);
            if (published.see(id, look)) {
                created.addAndGet(known ? 0 : 1);
                first.add(row);
            } else {
                surplus.incrementAndGet();
                if (published.isNews(id)) {
                    repeated.add(row.key());
                }
            }
        }
        report(repeated);
        return first;
    }

    /** Returns how many differed, once all of them are acknowledged. */
    int publish(List<SourceRow> rows) {
        Map<String, Hash128> hashes = new LinkedHashMap<>();
        List<SourceRow> differing = new ArrayList<>();
        for (SourceRow row : rows) {
            String id = StoreCollection.textOf(row.key());
            Hash128 hash = hash(row);
            if (!published.holds(id, hash)) {
                hashes.put(id, hash);
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

    private void report(List<SourceKey> repeated) {
        if (!repeated.isEmpty()) {
            SourcePosition position = next();
            repeated.forEach(key -> publisher.deadLetter(key, ErrorType.ID_CONFLICT, SEVERAL, position));
            publisher.flush();
        }
    }

    /** Publishes the deletion of those that were published. Returns how many, once they are acknowledged. */
    int delete(Collection<String> ids) {
        List<String> known = ids.stream().filter(published::knows).toList();
        if (!known.isEmpty()) {
            List<Future<RecordMetadata>> sends = new ArrayList<>();
            SourcePosition position = next();
            long now = Micros.now();
            known.forEach(id -> sends.add(publisher.send(collection.key(id), new Change.Delete(position, now))));
            publisher.await(sends);
            published.removed(known);
        }
        return known.size();
    }

    private void send(List<SourceRow> rows, List<Change.Origin> origins) {
        List<Future<RecordMetadata>> sends = new ArrayList<>();
        boolean deadLetters = false;
        SourcePosition position = next();
        long now = Micros.now();
        for (int i = 0; i < rows.size(); i++) {
            SourceRow row = rows.get(i);
            String problem = row.problem();
            if (problem == null) {
                sends.add(publisher.send(row.key(), new Change.Upsert(origins.get(i), position, now, row.row())));
            } else {
                publisher.deadLetter(row.key(), ErrorType.DATA_CORRUPTION, problem, position);
                deadLetters = true;
            }
        }
        publisher.await(sends);
        if (deadLetters) {
            publisher.flush();
        }
    }

    private Change.Origin origin(SourceRow row) {
        if (published.hasPublished(StoreCollection.textOf(row.key()))) {
            return Change.Origin.UPDATE;
        }
        return published.isComplete() ? Change.Origin.CREATE : Change.Origin.SNAPSHOT;
    }

    private static Hash128 hash(SourceRow row) {
        return Hash128.sha256(
                Objects.requireNonNull(Codecs.ROW.encode(row.row()), "a row has bytes"),
                String.valueOf(row.problem()).getBytes(StandardCharsets.UTF_8));
    }
}
