package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.index.VectorIndexMaintenance;
import io.vectorferry.sink.lancedb.read.LanceDbReader;
import io.vectorferry.sink.lancedb.write.KeyIndex;
import io.vectorferry.sink.lancedb.write.LanceDbWriter;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetCapabilities;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.NativeCall;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Tables of one LanceDB database. */
public final class LanceDbTarget implements Target {
    /** Maximum of Arrow buffers: a batch being built, and those being written to files. */
    private static final long MAX_ARROW_BYTES = 2L << 30;

    private static final long LOW_DISK_BYTES = 1L << 30;

    private final String name;
    private final LanceDbConfig config;
    private final BufferAllocator allocator = new RootAllocator(MAX_ARROW_BYTES);

    public LanceDbTarget(String name, LanceDbConfig config) {
        this.name = name;
        this.config = config;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<String> onlyVector() {
        return config.vector();
    }

    @Override
    public TargetCapabilities capabilities() {
        return new TargetCapabilities(true, true);
    }

    public LanceDbConfig config() {
        return config;
    }

    @Override
    public String tableOf(String collection) {
        return config.tableOf(collection);
    }

    @Override
    public TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy) {
        return new LanceDbWriter(config.tableUri(collection), config, allocator, searchedBy);
    }

    @Override
    public TargetReader reader(String collection, Optional<DistanceMetric> searchedBy) {
        return new LanceDbReader(
                config.tableUri(collection), config, allocator, config.index().metric(searchedBy));
    }

    /** Returns the memory for text ids, which need more than numbers. */
    @Override
    public long writerBytes(long rows) {
        return KeyIndex.bytesFor(IdKind.TEXT, rows);
    }

    @Override
    public List<Finding> check(List<String> collections) {
        List<Finding> findings = new ArrayList<>();
        Set<String> tables = new HashSet<>();
        for (String collection : collections) {
            if (!tables.add(config.tableOf(collection))) {
                findings.add(Finding.warning(
                        "lancedb.table",
                        "several collections share table %s: with `ids: preserve`, a row whose id is already used there becomes a dead letter"
                                .formatted(config.tableOf(collection)),
                        "Use `ids: uuid5` or `ids: allocate`, or write `table: %s` in target %s."
                                .formatted(LanceDbConfig.COLLECTION, name)));
            }
        }
        if (config.local()) {
            findings.add(directory(Path.of(config.uri()).toAbsolutePath()));
            collections.stream()
                    .map(config::tableUri)
                    .distinct()
                    .flatMap(uri -> index(uri).stream())
                    .forEach(findings::add);
        }
        return findings;
    }

    private List<Finding> index(String tableUri) {
        try (LanceTable table = new LanceTable(tableUri, config.storage(), allocator);
                VectorIndexMaintenance index = new VectorIndexMaintenance(tableUri, config, Optional::empty)) {
            return NativeCall.unchecked(() -> table.find().map(index::findings).orElse(List.of()));
        } catch (RuntimeException e) {
            return List.of(Finding.warning(
                    "lancedb.index", "the index of %s cannot be read: %s".formatted(tableUri, e.getMessage()), ""));
        }
    }

    private static Finding directory(Path wanted) {
        Path existing = wanted;
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                break;
            }
            existing = parent;
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            return Finding.error(
                    "lancedb.directory",
                    existing + " cannot be written to",
                    "Allow this user to write there, or set another `uri`.");
        }
        try {
            FileStore store = Files.getFileStore(existing);
            return store.getUsableSpace() < LOW_DISK_BYTES
                    ? Finding.warning(
                            "lancedb.disk",
                            "%s has only %d MB left".formatted(existing, store.getUsableSpace() >> 20),
                            "Free some space: compaction temporarily needs as much again as the table.")
                    : Finding.ok("lancedb.directory", wanted + " can be written to");
        } catch (IOException e) {
            return Finding.error("lancedb.directory", "%s cannot be read: %s".formatted(existing, e.getMessage()), "");
        }
    }

    @Override
    public void close() {
        allocator.close();
    }
}
