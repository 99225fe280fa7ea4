package io.vectorferry.producer.chroma;

import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.CollectionGoneException;
import io.vectorferry.stores.chroma.RecordsAnswer;
import java.util.ArrayList;
import java.util.List;

/** Estimates from the server's own description what a run would read. Nothing is created at the source. */
final class ChromaPlanner {
    private final ChromaConfig config;
    private final ChromaClient client;

    ChromaPlanner(ChromaConfig config, ChromaClient client) {
        this.config = config;
        this.client = client;
    }

    SourcePlan plan() {
        List<CollectionPlan> plans = new ArrayList<>();
        for (ChromaCollection collection : client.collections()) {
            boolean wanted =
                    config.collections().isEmpty() || config.collections().contains(collection.name());
            if (wanted) {
                try {
                    plans.add(plan(collection));
                } catch (CollectionGoneException e) {
                    // dropped since the list was made: nothing will be read
                }
            }
        }
        return new SourcePlan(List.of(), plans);
    }

    /** The bytes are those of the vectors alone; Chroma tells no size. */
    private CollectionPlan plan(ChromaCollection collection) throws CollectionGoneException {
        long rows = client.count(collection);
        List<String> fields = new ArrayList<>(List.of(RecordsAnswer.DOCUMENT));
        fields.addAll(collection.metadataTypes().keySet().stream().sorted().toList());
        return new CollectionPlan(
                collection.name(),
                rows,
                rows * collection.dimension() * Float.BYTES,
                List.of(new SourcePlan.PlannedVector(
                        RecordsAnswer.VECTOR, "float32(%d)".formatted(collection.dimension()))),
                fields);
    }
}
