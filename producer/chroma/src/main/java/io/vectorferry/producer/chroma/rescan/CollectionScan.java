package io.vectorferry.producer.chroma.rescan;

import io.vectorferry.contracts.StageLife;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.memory.FollowedCollection;
import io.vectorferry.producer.chroma.memory.PublishedRows;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ChromaRecord;
import io.vectorferry.stores.chroma.CollectionGoneException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

/**
 * One look at a collection: all ids first, then the records in blocks of ids, in parallel. Each block is a safe point for a pause
 * of the stage. Once it has returned and the stage does not end, Kafka has of every id a state that is no older than the look.
 */
public final class CollectionScan {
    private final ChromaClient client;
    private final ChromaConfig.Reading settings;
    private final ChromaCollection collection;
    private final PublishedRows published;
    private final RecordPublisher blocks;
    private final StageLife life;
    private final AtomicLong differing = new AtomicLong();

    public CollectionScan(
            ChromaClient client,
            ChromaConfig.Reading settings,
            FollowedCollection followed,
            ChangePublisher publisher,
            long look,
            StageLife life) {
        this.client = client;
        this.settings = settings;
        this.collection = followed.collection();
        this.published = followed.published();
        this.blocks = new RecordPublisher(publisher, collection.name(), published, look);
        this.life = life;
    }

    /** Upserts, deletions and dead letters that it published. */
    long differing() {
        return differing.get();
    }

    public List<String> ids() throws CollectionGoneException {
        return client.ids(collection);
    }

    /**
     * Reads these and treats every other as deleted.
     *
     * @param read receives the size of each block that is done
     */
    void atAll(List<String> ids, IntConsumer read) throws CollectionGoneException {
        ConcurrentLinkedQueue<List<String>> remaining =
                new ConcurrentLinkedQueue<>(inBlocks(ids, settings.blockRows()));
        List<Future<?>> workers = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(settings.parallelism())) {
            for (int i = 0; i < settings.parallelism(); i++) {
                workers.add(executor.submit(() -> {
                    at(remaining, read);
                    return null;
                }));
            }
        }
        for (Future<?> worker : workers) {
            RecordReader.await(worker);
        }
        deleteAllBut(ids);
    }

    private void at(ConcurrentLinkedQueue<List<String>> remaining, IntConsumer read) throws CollectionGoneException {
        boolean isDone = false;
        try {
            for (var block = remaining.poll(); block != null && atOne(block); block = remaining.poll()) {
                read.accept(block.size());
            }
            isDone = true;
        } finally {
            if (!isDone) {
                remaining.clear(); // the other workers end with their blocks
            }
        }
    }

    /** @param ids all that exist */
    public void deleteAllBut(List<String> ids) {
        if (life.begin()) {
            try {
                Set<String> gone = new HashSet<>(published.ids());
                ids.forEach(gone::remove);
                delete(gone);
            } finally {
                life.end();
            }
        }
    }

    /** Reads these alone, which something said have changed. */
    public void atSome(Collection<String> ids) throws CollectionGoneException {
        for (List<String> block : inBlocks(List.copyOf(ids), settings.blockRows())) {
            if (!atOne(block)) {
                return;
            }
        }
    }

    /** Returns false, and reads nothing, if the stage ends. */
    private boolean atOne(List<String> block) throws CollectionGoneException {
        if (!life.begin()) {
            return false;
        }
        try {
            at(block);
            return true;
        } finally {
            life.end();
        }
    }

    private void delete(Collection<String> ids) {
        differing.addAndGet(blocks.delete(ids));
    }

    private void at(List<String> block) throws CollectionGoneException {
        List<ChromaRecord> rows = client.rows(collection, block, published.types());
        differing.addAndGet(blocks.publish(rows));
        Set<String> missing = new HashSet<>(block);
        rows.forEach(row -> missing.remove(row.id()));
        delete(missing);
    }

    static List<List<String>> inBlocks(List<String> ids, int blockRows) {
        List<List<String>> all = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += blockRows) {
            all.add(ids.subList(from, Math.min(ids.size(), from + blockRows)));
        }
        return all;
    }
}
