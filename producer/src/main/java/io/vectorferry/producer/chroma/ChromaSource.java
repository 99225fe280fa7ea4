package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.producer.AnnouncedBarriers;
import io.vectorferry.producer.ProducerOptions;
import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourcePlan;
import io.vectorferry.producer.SourceRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** Collections of one Chroma database. */
final class ChromaSource implements Source {
    private static final String COSINE = "cosine";

    /** It normalises such vectors, and rounds them by about 1e-7 of their largest component. */
    private static final double COSINE_TOLERANCE = 1e-6;

    private final ChromaConfig config;
    private final AtomicBoolean newGeneration = new AtomicBoolean();
    private final AtomicBoolean asked = new AtomicBoolean();

    private final Function<ChromaCollection, FieldTypes> types;

    ChromaSource(ChromaConfig config) {
        this(config, FieldTypes::of);
    }

    private ChromaSource(ChromaConfig config, Function<ChromaCollection, FieldTypes> types) {
        this.config = config;
        this.types = types;
    }

    @Override
    public Source asPublished(ControlView control) {
        return new ChromaSource(config, collection -> control.get(ControlKey.snapshot(collection.name()))
                .map(recorded -> FieldTypes.settledIn(recorded.getSnapshotProgress()))
                .orElseGet(() -> FieldTypes.of(collection)));
    }

    /** As configured; else those that exist at this moment. */
    @Override
    public List<String> collections() {
        if (!config.collections().isEmpty()) {
            return config.collections();
        }
        try (ChromaClient client = new ChromaClient(config)) {
            return client.collections().stream().map(ChromaCollection::name).toList();
        }
    }

    @Override
    public boolean mayGrow() {
        return config.collections().isEmpty();
    }

    @Override
    public List<Finding> doctor() {
        try (ChromaClient client = new ChromaClient(config)) {
            return new ChromaDoctor(config, client).findings();
        }
    }

    @Override
    public SourcePlan plan() {
        try (ChromaClient client = new ChromaClient(config)) {
            return new ChromaPlanner(config, client).plan();
        }
    }

    /** All ids of one moment; each record as it is when its block is read. */
    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        read(collection, ChromaClient::ids, rows);
    }

    @Override
    public boolean scanMayGoOn() {
        return true;
    }

    /** What was seen is not asked for. */
    @Override
    public void scanRest(String collection, Predicate<SourceKey> seen, Consumer<SourceRow> rows) {
        read(
                collection,
                (client, found) -> client.ids(found).stream()
                        .filter(id -> !seen.test(BlockPublisher.key(collection, id)))
                        .toList(),
                rows);
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

    /** All ids of one moment, which stand in memory; each record as it is when its block is read. */
    @Override
    public RowBlocks blocks(String collection) {
        return new RecordBlocks(
                () -> {
                    try (ChromaClient client = new ChromaClient(config)) {
                        return client.ids(find(client, collection));
                    } catch (CollectionGoneException e) {
                        throw gone(collection);
                    }
                },
                ids -> records(collection, ids));
    }

    @Override
    public double tolerance(String collection) {
        try (ChromaClient client = new ChromaClient(config)) {
            return find(client, collection).space().equals(COSINE) ? COSINE_TOLERANCE : 0;
        }
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        try (ChromaClient client = new ChromaClient(config)) {
            return client.collection(collection).flatMap(ChromaCollection::metric);
        }
    }

    private interface Ids {
        List<String> of(ChromaClient client, ChromaCollection collection) throws CollectionGoneException;
    }

    private void read(String collection, Ids ids, Consumer<SourceRow> rows) {
        try (ChromaClient client = new ChromaClient(config)) {
            ChromaCollection found = find(client, collection);
            new BlockReader(client, config.reading(), found, types.apply(found))
                    .read(
                            ids.of(client, found),
                            row -> rows.accept(
                                    new SourceRow(BlockPublisher.key(collection, row.id()), row.row(), row.problem())));
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

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new AnnouncedBarriers();
    }

    /** A generation that was asked for begins once, however often the stage is started again. */
    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        if (options.newGeneration() && asked.compareAndSet(false, true)) {
            newGeneration.set(true);
        }
        return new ChromaStage(config, kafka, topics, newGeneration);
    }
}
