package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetCapabilities;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.chroma.ChromaClient;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Collections of one Chroma database. */
public final class ChromaTarget implements Target {
    private final String name;
    private final ChromaTargetConfig config;
    private final ChromaClient client;

    public ChromaTarget(String name, ChromaTargetConfig config) {
        this.name = name;
        this.config = config;
        this.client = new ChromaClient(config.address());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TargetCapabilities capabilities() {
        return new TargetCapabilities(false, false, false);
    }

    @Override
    public String tableOf(String collection) {
        return config.collectionOf(collection);
    }

    @Override
    public Optional<String> store() {
        return Optional.of(config.address().store());
    }

    /** A record has one vector. */
    @Override
    public Row held(Row row) {
        return config.vector()
                .map(row::withOnlyVector)
                .orElseGet(() -> row.vectorCount() > 1 ? new Row(row.vectorColumn(), row.fields()) : row);
    }

    @Override
    public TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy) {
        return new ChromaWriter(client, config.collectionOf(collection), config, searchedBy);
    }

    /** Searched by the space of the collection, which it always has. */
    @Override
    public TargetReader reader(String collection, Optional<DistanceMetric> searchedBy) {
        return new ChromaReader(client, config.collectionOf(collection), config);
    }

    @Override
    public List<Finding> check(List<String> collections) {
        List<Finding> findings = new ArrayList<>();
        Set<String> tables = new LinkedHashSet<>();
        for (String collection : collections) {
            if (!tables.add(tableOf(collection))) {
                findings.add(Finding.warning(
                        "chroma.collection",
                        "several collections share collection %s: with `ids: preserve`, a row whose id is already used there becomes a dead letter"
                                .formatted(tableOf(collection)),
                        "Use `ids: uuid5` or `ids: allocate`, or write `collection: %s` in target %s."
                                .formatted(ChromaTargetConfig.COLLECTION, name)));
            }
        }
        try {
            findings.add(Finding.ok(
                    "chroma.server", "Chroma (API %s) responds at %s".formatted(client.version(), client.url())));
            findings.addAll(database());
            tables.forEach(table -> findings.add(present(table)));
        } catch (FerryException e) {
            findings.add(Finding.error("chroma.server", String.valueOf(e.getMessage()), e.remedy()));
        }
        return findings;
    }

    private List<Finding> database() {
        List<Finding> findings = new ArrayList<>();
        if (!client.hasDatabase()) {
            findings.add(Finding.error(
                    "chroma.database",
                    "Chroma has no tenant %s with a database %s"
                            .formatted(
                                    config.address().tenant(), config.address().database()),
                    "Create them with Chroma's AdminClient (create_tenant, create_database), or correct `tenant` and `database` of target %s."
                            .formatted(name)));
        }
        if (!client.limits().base64()) {
            findings.add(Finding.error(
                    "chroma.vectors",
                    "this Chroma does not take vectors in Base64, and it rounds those in JSON",
                    "Use a newer Chroma 1.x."));
        }
        return findings;
    }

    private Finding present(String table) {
        Optional<PresentCollection> found = client.collection(table).map(PresentCollection::new);
        if (found.isEmpty()) {
            return Finding.ok("chroma.collection", "collection %s will be created".formatted(table));
        }
        PresentCollection collection = found.get();
        boolean fits = config.space()
                .filter(space -> !collection.space().equals(Optional.of(space)))
                .isEmpty();
        String described = "collection %s exists, with space %s and %s"
                .formatted(
                        table,
                        collection.chroma().space(),
                        collection.chroma().dimension() == 0
                                ? "no records"
                                : "%d dimensions".formatted(collection.chroma().dimension()));
        return fits
                ? Finding.ok("chroma.collection", described)
                : Finding.error(
                        "chroma.collection",
                        described + ", but `space` is "
                                + config.space().orElseThrow().label(),
                        "Set another `collection`, drop that one, or set `space: %s`."
                                .formatted(collection.chroma().space()));
    }

    @Override
    public void close() {
        client.close();
    }
}
