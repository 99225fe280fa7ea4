package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.rescan.RecordPublisher;
import io.vectorferry.producer.chroma.rescan.RecordReader;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads collections of one Chroma database, each call with a client of its own. */
final class ChromaReader implements SourceReader {
    private static final String COSINE = "cosine";

    /** Chroma normalises such vectors, and rounds them by about 1e-7 of their largest component. */
    private static final double COSINE_TOLERANCE = 1e-6;

    private final ChromaConfig config;
    private final Function<ChromaCollection, MetadataTypes> types;

    ChromaReader(ChromaConfig config, Function<ChromaCollection, MetadataTypes> types) {
        this.config = config;
        this.types = types;
    }

    /** Lists the ids of one point in time; reads each record as it is when its block is read. */
    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        read(collection, ChromaClient::ids, rows);
    }

    /** Asks for the records of unseen ids only. */
    @Override
    public Optional<UnseenScan> unseen(String collection) {
        return Optional.of((seen, rows) -> read(
                collection,
                (client, found) -> client.ids(found).stream()
                        .filter(id -> !seen.test(RecordPublisher.key(collection, id)))
                        .toList(),
                rows));
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        List<String> ids = new ArrayList<>();
        for (SourceKey key : keys) {
            if (key.parts().size() == 1 && key.parts().getFirst() instanceof Value.Text(String id)) {
                ids.add(id);
            }
        }
        return records(collection, ids.stream().distinct().toList());
    }

    private List<SourceRow> records(String collection, List<String> ids) {
        List<SourceRow> rows = new ArrayList<>();
        read(collection, (client, found) -> ids, rows::add);
        return rows;
    }

    @Override
    public RowBlocks blocks(String collection) {
        return new Records(collection);
    }

    @Override
    public double tolerance(String collection) {
        try (ChromaClient client = new ChromaClient(config.address())) {
            return find(client, collection).space().equals(COSINE) ? COSINE_TOLERANCE : 0;
        }
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        try (ChromaClient client = new ChromaClient(config.address())) {
            return client.collection(collection).flatMap(ChromaCollection::metric);
        }
    }

    private interface Ids {
        List<String> of(ChromaClient client, ChromaCollection collection) throws CollectionGoneException;
    }

    private void read(String collection, Ids ids, Consumer<SourceRow> rows) {
        try (ChromaClient client = new ChromaClient(config.address())) {
            ChromaCollection found = find(client, collection);
            new RecordReader(client, config.reading(), found, types.apply(found))
                    .read(
                            ids.of(client, found),
                            row -> rows.accept(new SourceRow(
                                    RecordPublisher.key(collection, row.id()), row.row(), row.problem())));
        } catch (CollectionGoneException e) {
            throw gone(collection);
        }
    }

    private static ChromaCollection find(ChromaClient client, String collection) {
        return client.collections().stream()
                .filter(one -> one.name().equals(collection))
                .findFirst()
                .orElseThrow(() -> gone(collection));
    }

    private static FerryException gone(String collection) {
        return FerryException.misconfigured(
                "there is no collection " + collection, "ferry doctor lists those that exist.");
    }

    /** Keeps the ids that exist at the first call in memory; reads each record as it is when its block is read. */
    private final class Records implements RowBlocks {
        private final String collection;
        private @Nullable List<String> ids;
        private int read;

        Records(String collection) {
            this.collection = collection;
        }

        @Override
        public List<SourceRow> next(int rows) {
            List<String> all = ids == null ? all() : ids;
            ids = all;
            List<SourceRow> found = List.of();
            while (found.isEmpty() && read < all.size()) {
                int end = Math.min(all.size(), read + rows);
                found = records(collection, all.subList(read, end));
                read = end;
            }
            return found;
        }

        private List<String> all() {
            try (ChromaClient client = new ChromaClient(config.address())) {
                return client.ids(find(client, collection));
            } catch (CollectionGoneException e) {
                throw gone(collection);
            }
        }
    }
}
