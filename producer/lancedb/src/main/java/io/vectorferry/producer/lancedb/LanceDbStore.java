package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.rescan.spi.CollectionGoneException;
import io.vectorferry.producer.rescan.spi.CollectionReading;
import io.vectorferry.producer.rescan.spi.RescannedStore;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.StoredIndexes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.lance.Dataset;

/** The tables of a LanceDB database, each at the version that was the newest when the tables were listed. */
final class LanceDbStore implements RescannedStore {
    /** Maximum of Arrow buffers: some batches of a scan. */
    private static final long MAX_ARROW_BYTES = 1L << 30;

    private final LanceDbSourceConfig config;
    private final BufferAllocator allocator = new RootAllocator(MAX_ARROW_BYTES);
    private final Map<String, OpenTable> open = new HashMap<>();
    private final Map<String, KnownMetric> metrics = new HashMap<>();

    /** A table at one version. */
    record OpenTable(LanceTable table, TableKey key) implements AutoCloseable {
        StoreCollection collection() {
            return new StoreCollection(key.table(), key.memoryId(), key.kind(), Map.of());
        }

        @Override
        public void close() {
            table.close();
        }
    }

    private record KnownMetric(long version, Optional<DistanceMetric> metric) {}

    LanceDbStore(LanceDbSourceConfig config) {
        this.config = config;
    }

    @Override
    public String label() {
        return "LanceDB at " + config.uri();
    }

    /** Returns the tables that exist, as configured or as they lie in the directory. */
    static List<String> tables(LanceDbSourceConfig config) {
        if (!config.rescan().collections().isEmpty()) {
            return config.rescan().collections();
        }
        try (Stream<Path> files = Files.list(Path.of(config.uri()))) {
            return files.filter(Files::isDirectory)
                    .map(LanceDbSourceConfig::tableIn)
                    .filter(name -> !name.isEmpty())
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            throw FerryException.retryable("the tables of %s cannot be listed: %s".formatted(config.uri(), e), e);
        }
    }

    @Override
    public List<StoreCollection> collections() {
        closeTables();
        List<StoreCollection> collections = new ArrayList<>();
        for (String name : tables(config)) {
            collection(name).ifPresent(collections::add);
        }
        return collections;
    }

    @Override
    public Optional<StoreCollection> collection(String name) {
        return open(name).map(OpenTable::collection);
    }

    /** Opens the newest version of a table, or returns it as it is open. */
    Optional<OpenTable> open(String name) {
        OpenTable present = open.get(name);
        if (present != null) {
            return Optional.of(present);
        }
        LanceTable table = new LanceTable(config.tableUri(name), config.storage(), allocator);
        try {
            Optional<Dataset> found = table.find();
            if (found.isEmpty()) {
                return Optional.empty();
            }
            OpenTable opened = new OpenTable(table, TableKey.in(found.get().getSchema(), name, config.key()));
            open.put(name, opened);
            return Optional.of(opened);
        } finally {
            if (!open.containsKey(name)) {
                table.close();
            }
        }
    }

    private OpenTable existing(StoreCollection collection) throws CollectionGoneException {
        return open(collection.name()).orElseThrow(() -> new CollectionGoneException(collection.name()));
    }

    @Override
    public long count(StoreCollection collection) throws CollectionGoneException {
        return existing(collection).table().dataset().countRows();
    }

    @Override
    public Optional<DistanceMetric> metric(StoreCollection collection) {
        return open(collection.name()).flatMap(found -> {
            Dataset dataset = found.table().dataset();
            KnownMetric known = metrics.get(collection.name());
            if (known == null || known.version() != dataset.version()) {
                known = new KnownMetric(dataset.version(), StoredIndexes.searchMetric(dataset));
                metrics.put(collection.name(), known);
            }
            return known.metric();
        });
    }

    @Override
    public CollectionReading read(StoreCollection collection, String mark) throws CollectionGoneException {
        OpenTable found = existing(collection);
        return TableVersion.of(found.table(), found.key(), mark);
    }

    private void closeTables() {
        open.values().forEach(OpenTable::close);
        open.clear();
    }

    @Override
    public void close() {
        closeTables();
        allocator.close();
    }
}
