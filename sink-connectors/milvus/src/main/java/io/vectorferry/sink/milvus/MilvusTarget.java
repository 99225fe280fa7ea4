package io.vectorferry.sink.milvus;

import io.milvus.grpc.DescribeCollectionResponse;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.MilvusCollection;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.milvus.read.MilvusReader;
import io.vectorferry.sink.milvus.write.MilvusWriter;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetCapabilities;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.milvus.MilvusClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Collections of one Milvus database. */
public final class MilvusTarget implements Target {
    private final String name;
    private final MilvusConfig config;
    private final MilvusClient client;

    public MilvusTarget(String name, MilvusConfig config) {
        this.name = name;
        this.config = config;
        this.client = new MilvusClient(config.server());
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
        return new TargetCapabilities(false, false);
    }

    @Override
    public String tableOf(String collection) {
        return config.collectionOf(collection);
    }

    /** Names that Milvus cannot tell apart lead to collections of different names: see {@link MilvusCollection}. */
    @Override
    public String sharing(String collection) {
        return config.owner(collection).orElse(config.collectionOf(collection));
    }

    private MilvusCollection of(String collection) {
        return new MilvusCollection(client, config.collectionOf(collection), config.owner(collection));
    }

    @Override
    public TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy) {
        return new MilvusWriter(client, of(collection), config.aliasOf(collection), config, searchedBy);
    }

    /** Searched by the metric of its index, which a collection always has. */
    @Override
    public TargetReader reader(String collection, Optional<DistanceMetric> searchedBy) {
        return new MilvusReader(client, of(collection));
    }

    @Override
    public void promote(String collection) {
        String alias = config.aliasOf(collection)
                .orElseThrow(() -> FerryException.misconfigured(
                        "target %s has no alias to swap".formatted(name),
                        "Set `alias: NAME` in that target, and let applications use that name."));
        MilvusCollection promoted = of(collection);
        if (promoted.describe().isEmpty()) {
            throw FerryException.misconfigured(
                    "collection %s does not exist, so it cannot have an alias".formatted(promoted.name()),
                    "Fill it first.");
        }
        promoted.takeAlias(promoted.aliasOf(alias, config.hasAliasEach()));
    }

    @Override
    public List<Finding> check(List<String> collections) {
        List<Finding> findings = new ArrayList<>();
        Map<String, MilvusCollection> tables = new LinkedHashMap<>();
        for (String collection : collections) {
            if (tables.putIfAbsent(sharing(collection), of(collection)) != null) {
                findings.add(Finding.warning(
                        "milvus.collection",
                        "several collections share collection %s: with `ids: preserve`, a row whose id is already used there becomes a dead letter"
                                .formatted(config.collectionOf(collection)),
                        "Use `ids: uuid5` or `ids: allocate`, or write `collection: %s` in target %s."
                                .formatted(MilvusConfig.COLLECTION, name)));
            }
        }
        if (config.alias().isPresent() && !config.hasAliasEach() && tables.size() > 1) {
            findings.add(Finding.warning(
                    "milvus.alias",
                    "alias %s can refer to only one of the %d collections: the one that is created first, or promoted last"
                            .formatted(config.alias().get(), tables.size()),
                    "Write `alias: %s` in target %s, with a prefix or suffix."
                            .formatted(MilvusConfig.COLLECTION, name)));
        }
        try {
            String version = MilvusCollection.version(client);
            findings.add(Finding.ok("milvus.server", "Milvus %s responds at %s".formatted(version, config.server())));
            tables.values().forEach(table -> findings.add(present(table)));
        } catch (FerryException e) {
            findings.add(Finding.error("milvus.server", String.valueOf(e.getMessage()), e.remedy()));
        }
        return findings;
    }

    private static Finding present(MilvusCollection collection) {
        Optional<DescribeCollectionResponse> described = collection.describe();
        return described
                .map(found -> CollectionLayout.of(found).id().automatic()
                        ? Finding.error(
                                "milvus.collection",
                                "collection %s generates its own ids".formatted(collection.name()),
                                "Set another `collection`: it is created correctly.")
                        : Finding.ok(
                                "milvus.collection",
                                "collection %s already exists and is checked when the first rows arrive"
                                        .formatted(collection.name())))
                .orElseGet(() ->
                        Finding.ok("milvus.collection", "collection %s will be created".formatted(collection.name())));
    }

    @Override
    public void close() {
        client.close();
    }
}
