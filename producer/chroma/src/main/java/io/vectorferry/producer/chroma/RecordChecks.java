package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.ChromaRecord;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.util.ArrayList;
import java.util.List;

/** Checks of the first records of a collection. */
final class RecordChecks {
    private static final int CHECKED = 1_000;

    private final ChromaConfig config;
    private final ChromaClient client;
    private final ChromaCollection collection;

    RecordChecks(ChromaConfig config, ChromaClient client, ChromaCollection collection) {
        this.config = config;
        this.client = client;
        this.collection = collection;
    }

    List<Finding> findings() throws CollectionGoneException {
        List<String> ids = client.ids(collection);
        List<String> checked = ids.subList(
                0, Math.min(ids.size(), Math.min(CHECKED, config.reading().blockRows())));
        long corrupt = 0;
        long without = 0;
        for (ChromaRecord row : client.rows(collection, checked, MetadataTypes.of(collection))) {
            corrupt += row.problem() == null ? 0 : 1;
            without += row.problem() == null
                            && row.row().vector().flatMap(v -> v.value()).isEmpty()
                    ? 1
                    : 0;
        }
        List<Finding> findings = new ArrayList<>();
        if (corrupt > 0) {
            findings.add(
                    Finding.warning(
                            "records",
                            "%s: %d of the first %d records cannot be read exactly and would become dead letters"
                                    .formatted(collection.name(), corrupt, checked.size()),
                            "Upsert their embeddings again: Chroma returns null for components that its space cannot restore."));
        }
        if (without > 0) {
            findings.add(Finding.warning(
                    "records",
                    "%s: %d of the first %d records have no embedding"
                            .formatted(collection.name(), without, checked.size()),
                    "Set nullVectors to keep, skip or dead-letter."));
        }
        return findings;
    }
}
