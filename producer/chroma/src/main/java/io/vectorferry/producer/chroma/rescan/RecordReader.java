package io.vectorferry.producer.chroma.rescan;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ChromaRecord;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.MetadataTypes;
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
public final class RecordReader {
    private final ChromaClient client;
    private final ChromaConfig.Reading settings;
    private final ChromaCollection collection;
    private final MetadataTypes types;

    public RecordReader(
            ChromaClient client, ChromaConfig.Reading settings, ChromaCollection collection, MetadataTypes types) {
        this.client = client;
        this.settings = settings;
        this.collection = collection;
        this.types = types;
    }

    /** Shows of these ids the records that exist, in order. */
    public void read(List<String> ids, Consumer<ChromaRecord> rows) throws CollectionGoneException {
        Iterator<List<String>> remaining =
                CollectionScan.inBlocks(ids, settings.blockRows()).iterator();
        Deque<Future<List<ChromaRecord>>> ahead = new ArrayDeque<>();
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

    public static <T> T await(Future<T> work) throws CollectionGoneException {
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
