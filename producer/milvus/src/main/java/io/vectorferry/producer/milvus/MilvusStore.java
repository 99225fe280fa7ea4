package io.vectorferry.producer.milvus;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.rescan.spi.CollectionGoneException;
import io.vectorferry.producer.rescan.spi.CollectionReading;
import io.vectorferry.producer.rescan.spi.RescannedStore;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.milvus.MilvusCatalog;
import io.vectorferry.stores.milvus.MilvusClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The collections of one Milvus database. Milvus tells nothing of changes: each reading is of all rows. */
final class MilvusStore implements RescannedStore {
    private final MilvusSourceConfig config;
    private final MilvusClient client;
    private final MilvusCatalog server;

    MilvusStore(MilvusSourceConfig config) {
        this.config = config;
        this.client = new MilvusClient(config.server());
        this.server = new MilvusCatalog(client);
    }

    MilvusCatalog server() {
        return server;
    }

    @Override
    public String label() {
        return "Milvus at " + config.server();
    }

    /** Returns the configured collections, or else those that exist. */
    List<String> names() {
        return config.rescan().collections().isEmpty()
                ? server.collections()
                : config.rescan().collections();
    }

    @Override
    public List<StoreCollection> collections() {
        List<StoreCollection> collections = new ArrayList<>();
        names().forEach(name -> collection(name).ifPresent(collections::add));
        return collections;
    }

    @Override
    public Optional<StoreCollection> collection(String name) {
        return find(name).map(ReadCollection::collection);
    }

    Optional<ReadCollection> find(String name) {
        return CollectionPages.find(server, name);
    }

    private ReadCollection existing(StoreCollection collection) throws CollectionGoneException {
        return find(collection.name())
                .filter(found -> found.collection().id().equals(collection.id()))
                .orElseThrow(() -> new CollectionGoneException(collection.name()));
    }

    @Override
    public long count(StoreCollection collection) throws CollectionGoneException {
        existing(collection);
        try {
            return CollectionPages.count(server, collection.name());
        } catch (FerryException e) {
            existing(collection); // it may have been dropped meanwhile
            throw e;
        }
    }

    @Override
    public Optional<DistanceMetric> metric(StoreCollection collection) {
        return find(collection.name()).flatMap(this::metric);
    }

    /** Returns the metric of the first vector's index. */
    Optional<DistanceMetric> metric(ReadCollection collection) {
        return collection.vectors().stream()
                .findFirst()
                .flatMap(vector -> server.metric(collection.name(), vector.field()))
                .flatMap(metric -> switch (metric) {
                    case "L2" -> Optional.of(DistanceMetric.L2);
                    case "COSINE" -> Optional.of(DistanceMetric.COSINE);
                    case "IP" -> Optional.of(DistanceMetric.DOT);
                    default -> Optional.empty(); // of binary and sparse vectors
                });
    }

    @Override
    public CollectionReading read(StoreCollection collection, String mark) throws CollectionGoneException {
        return new AllPages(existing(collection), count(collection));
    }

    private final class AllPages implements CollectionReading {
        private final ReadCollection collection;
        private final long rows;

        AllPages(ReadCollection collection, long rows) {
            this.collection = collection;
            this.rows = rows;
        }

        @Override
        public Extent extent() {
            return Extent.ALL;
        }

        @Override
        public String mark() {
            return "";
        }

        @Override
        public long rows() {
            return rows;
        }

        /** A collection that was replaced meanwhile may have given rows of both: nothing is concluded from what it did not give. */
        @Override
        public void read(Receiver receiver) throws CollectionGoneException {
            CollectionPages pages = new CollectionPages(server, collection, "");
            try {
                boolean wanted = true;
                while (wanted && !pages.isAtEnd()) {
                    List<SourceRow> page = pages.next(collection.pageRows());
                    wanted = page.isEmpty() || receiver.rows(page);
                }
            } catch (FerryException e) {
                existing(collection.collection());
                throw e;
            }
            existing(collection.collection());
        }

        @Override
        public void close() {
            // The connection is the store's.
        }
    }

    @Override
    public void abort() {
        client.close();
    }

    @Override
    public void close() {
        client.close();
    }
}
