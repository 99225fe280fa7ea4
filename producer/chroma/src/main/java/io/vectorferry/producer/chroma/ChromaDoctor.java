package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.chroma.log.ChangeLog;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.MetadataTypes;
import io.vectorferry.stores.chroma.RecordsAnswer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Every check of a Chroma source before anything is written. */
final class ChromaDoctor {
    private static final Set<String> OURS = Set.of(RecordsAnswer.DOCUMENT, RecordsAnswer.VECTOR);

    private final ChromaConfig config;
    private final ChromaClient client;

    ChromaDoctor(ChromaConfig config, ChromaClient client) {
        this.config = config;
        this.client = client;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        try {
            String version = client.version();
            findings.add(Finding.ok("connect", "Chroma at %s responds, API %s".formatted(client.url(), version)));
            Map<String, ChromaCollection> existing = new TreeMap<>();
            client.collections().forEach(collection -> existing.put(collection.name(), collection));
            List<String> wanted =
                    config.collections().isEmpty() ? List.copyOf(existing.keySet()) : config.collections();
            if (wanted.isEmpty()) {
                findings.add(
                        Finding.warning(
                                "collections",
                                "database %s has no collection"
                                        .formatted(config.address().database()),
                                "Check source.chroma.tenant and database; Chroma returns the same for a database that does not exist."));
            }
            config.directory().ifPresent(directory -> findings.add(checkLog(directory, existing)));
            for (String name : wanted) {
                findings.addAll(check(name, existing.get(name)));
            }
        } catch (FerryException e) {
            String remedy = e.remedy().isEmpty() ? "Check the address, and that the server is running." : e.remedy();
            findings.add(Finding.error("connect", String.valueOf(e.getMessage()), remedy));
        }
        return findings;
    }

    private List<Finding> check(String name, @org.jspecify.annotations.Nullable ChromaCollection collection) {
        if (collection == null) {
            return List.of(
                    Finding.warning(
                            "collection",
                            name + " does not exist",
                            "It is replicated as soon as it is created. If it should exist, check its name, source.chroma.tenant and database."));
        }
        List<Finding> findings = new ArrayList<>();
        try {
            findings.add(Finding.ok(
                    "collection",
                    "%s: %,d records, dimension %d, space %s"
                            .formatted(name, client.count(collection), collection.dimension(), collection.space())));
            if (collection.space().equals("cosine")) {
                findings.add(Finding.warning(
                        "exactness",
                        "%s uses cosine: Chroma stores unit vectors and returns each float with an error of up to about 1e-7"
                                .formatted(name),
                        "Verify with a tolerance (`ferry verify --tolerance 1e-6`)."));
            }
            findings.addAll(checkMetadata(collection));
            findings.addAll(new RecordChecks(config, client, collection).findings());
        } catch (CollectionGoneException e) {
            findings.add(Finding.warning("collection", name + " was dropped while it was checked", ""));
        }
        return findings;
    }

    private static Finding checkLog(Path directory, Map<String, ChromaCollection> existing) {
        try (ChangeLog log = ChangeLog.open(directory)) {
            if (!existing.values().stream().allMatch(log::knows)) {
                return Finding.error(
                        "log",
                        directory
                                + " belongs to another server: it does not contain the collections that this server lists",
                        "Set source.chroma.directory to this server's persist directory, or remove it.");
            }
            return log.isPurged()
                    ? Finding.warning(
                            "log",
                            "the server purges its log: after about 1,000 operations on a collection, all of its ids are compared again",
                            "With the server stopped, and again after each chroma vacuum: sqlite3 chroma.sqlite3 \"UPDATE embeddings_queue_config SET config_json_str = json_set(config_json_str, '$.automatically_purge', json('false'))\" (the log then grows until you purge it)")
                    : Finding.ok("log", "the server keeps its log");
        }
    }

    private static List<Finding> checkMetadata(ChromaCollection collection) {
        List<Finding> findings = new ArrayList<>();
        MetadataTypes types = MetadataTypes.of(collection);
        new TreeMap<>(types.mixed())
                .forEach((key, type) -> findings.add(Finding.warning(
                        "metadata",
                        "%s: key %s holds %s; it is replicated as %s"
                                .formatted(
                                        collection.name(),
                                        key,
                                        String.join(
                                                " and ",
                                                new java.util.TreeSet<>(collection
                                                        .metadataTypes()
                                                        .getOrDefault(key, Set.of()))),
                                        type == io.vectorferry.contracts.row.FieldType.Name.TEXT
                                                ? "text"
                                                : "real numbers"),
                        "")));
        for (String key : collection.metadataTypes().keySet()) {
            if (key.equals("id") || OURS.contains(key)) {
                findings.add(Finding.warning(
                        "metadata",
                        "%s: metadata key %s has the name of a reserved column; its records would become dead letters"
                                .formatted(collection.name(), key),
                        "Add to the pipeline: transform: [{rename: {%s: metadata_%s}}]".formatted(key, key)));
            }
        }
        return findings;
    }
}
