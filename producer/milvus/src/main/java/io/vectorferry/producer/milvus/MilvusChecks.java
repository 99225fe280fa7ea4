package io.vectorferry.producer.milvus;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.milvus.ReadCollection.VectorColumnOf;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.producer.spi.SourcePlan.PlannedVector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** Every check of a Milvus source before anything is written, and the plan of a run. */
final class MilvusChecks {
    private static final long MEGABYTE = 1L << 20;

    private final MilvusStore store;
    private final MilvusSourceConfig config;

    MilvusChecks(MilvusStore store, MilvusSourceConfig config) {
        this.store = store;
        this.config = config;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        try {
            findings.add(Finding.ok(
                    "connect",
                    "Milvus %s responds at %s".formatted(store.server().version(), config.server())));
            List<String> names = store.names();
            if (names.isEmpty()) {
                findings.add(
                        Finding.warning(
                                "collections",
                                "database %s has no collection"
                                        .formatted(config.server().database()),
                                "It is replicated as soon as it is created. If it should exist, check source.milvus.database."));
            }
            long rows = 0;
            for (String name : names) {
                rows += check(name, findings);
            }
            findings.add(Finding.ok(
                    "memory",
                    "the producer remembers %,d rows: about %,d MB of heap"
                            .formatted(rows, RescanSettings.memoryBytes(rows) / MEGABYTE + 1)));
        } catch (FerryException e) {
            String remedy = e.remedy().isEmpty() ? "Check the address, and that the server is running." : e.remedy();
            findings.add(Finding.error("connect", String.valueOf(e.getMessage()), remedy));
        }
        return findings;
    }

    private long check(String name, List<Finding> findings) {
        try {
            Optional<ReadCollection> found = store.find(name);
            if (found.isEmpty()) {
                findings.add(
                        Finding.warning(
                                "collection",
                                name + " does not exist",
                                "It is replicated as soon as it is created. If it should exist, check its name and source.milvus.database."));
                return 0;
            }
            long rows = CollectionPages.count(store.server(), name);
            findings.add(Finding.ok(
                    "collection",
                    "%s: %,d rows, key `%s`, vectors %s"
                            .formatted(name, rows, found.get().keyField(), described(found.get()))));
            if (found.get().dynamic() && found.get().recorded().isEmpty()) {
                findings.add(Finding.ok(
                        "dynamic",
                        "%s: a key of the dynamic field has the type of its value in each row".formatted(name)));
            }
            List<String> columns = new ArrayList<>(found.get().scalars().keySet());
            found.get().vectors().forEach(vector -> columns.add(vector.column()));
            if (columns.contains("id")) {
                findings.add(Finding.warning(
                        "column",
                        "%s: field id has the name of a target's own column; the rows would become dead letters"
                                .formatted(name),
                        "Add to the pipeline: transform: [{rename: {id: original_id}}]"));
            }
            return rows;
        } catch (FerryException e) {
            findings.add(Finding.error("collection", String.valueOf(e.getMessage()), e.remedy()));
            return 0;
        }
    }

    private static String described(ReadCollection collection) {
        return String.join(
                ", ",
                collection.vectors().stream()
                        .map(vector -> "%s %s".formatted(vector.column(), type(vector)))
                        .toList());
    }

    private static String type(VectorColumnOf vector) {
        return "%s(%d)".formatted(vector.element().name().toLowerCase(Locale.ROOT), vector.dimension());
    }

    SourcePlan plan() {
        List<CollectionPlan> plans = new ArrayList<>();
        for (String name : store.names()) {
            store.find(name).ifPresent(found -> plans.add(plan(found)));
        }
        return new SourcePlan(List.of(), plans);
    }

    /** The bytes are those of the vectors alone; Milvus tells no size. */
    private CollectionPlan plan(ReadCollection collection) {
        long rows = CollectionPages.count(store.server(), collection.name());
        TreeSet<String> fields = new TreeSet<>(collection.scalars().keySet());
        fields.addAll(collection.recorded().keySet());
        long bytes = 0;
        for (VectorColumnOf vector : collection.vectors()) {
            bytes += rows * vector.bytes();
        }
        List<PlannedVector> vectors = collection.vectors().stream()
                .map(vector -> new PlannedVector(vector.column(), type(vector)))
                .toList();
        return new CollectionPlan(collection.name(), rows, bytes, vectors, List.copyOf(fields));
    }
}
