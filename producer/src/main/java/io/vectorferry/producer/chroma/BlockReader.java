package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Reads records in blocks of ids, a few blocks ahead of the one that is shown. For one thread. */
final class BlockReader {
    private final ChromaClient client;
    private final ChromaConfig.Reading settings;
    private final ChromaCollection collection;
    private final FieldTypes types;

    BlockReader(ChromaClient client, ChromaConfig.Reading settings, ChromaCollection collection, FieldTypes types) {
        this.client = client;
        this.settings = settings;
        this.collection = collection;
        this.types = types;
    }

    /** Shows of these ids the records that exist, in order. */
    void read(List<String> ids, Consumer<FetchedRow> rows) throws CollectionGoneException {
        Iterator<List<String>> remaining =
                CollectionLook.inBlocks(ids, settings.blockRows()).iterator();
        Deque<Future<List<FetchedRow>>> ahead = new ArrayDeque<>();
        ExecutorService executor = Executors.newFixedThreadPool(settings.parallelism());
        try {
            while (remaining.hasNext() || !ahead.isEmpty()) {
                while (remaining.hasNext() && ahead.size() <= settings.parallelism()) {
                    List<String> block = remaining.next();
                    ahead.add(executor.submit(() -> client.rows(collection, block, types)));
                }
                await(ahead.remove()).forEach(rows);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    static <T> T await(Future<T> work) throws CollectionGoneException {
        try {
            return work.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CollectionGoneException gone -> throw gone;
                case FerryException told -> throw told;
                case null -> throw FerryException.retryable("a read of Chroma failed", e);
                case Throwable other -> throw FerryException.unexpected("a read of Chroma", other);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while reading Chroma", e);
        }
    }
}
