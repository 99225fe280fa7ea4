package io.vectorferry.producer.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.AnnouncedBarriers;
import io.vectorferry.producer.AwaitedAnswers;
import io.vectorferry.producer.DerivedBlocks;
import io.vectorferry.producer.ProducerOptions;
import io.vectorferry.producer.References;
import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourcePlan;
import io.vectorferry.producer.SourcePlan.CollectionPlan;
import io.vectorferry.producer.SourceRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Documents of one collection, joined to the vectors that they refer to. */
final class MongoSource implements Source {
    private final MongoConfig config;
    private final DocumentJoin join;
    private final Source vectors;
    /** Those of the stage that runs here, or else as they were when they were first asked for. */
    private final AtomicReference<@Nullable DocumentTypes> types = new AtomicReference<>();

    private final AtomicBoolean newGeneration = new AtomicBoolean();
    private final AtomicBoolean asked = new AtomicBoolean();

    MongoSource(MongoConfig config, DocumentJoin join, Source vectors) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
    }

    /** The joined rows bear the name of the documents' collection. */
    @Override
    public List<String> collections() {
        return List.of(config.collection());
    }

    @Override
    public List<Finding> doctor() {
        List<Finding> findings = new ArrayList<>(vectors.doctor());
        findings.addAll(new MongoDoctor(config, join, vectors).findings());
        return findings;
    }

    @Override
    public SourcePlan plan() {
        SourcePlan ofVectors = vectors.plan();
        CollectionPlan vector = ofVectors.collections().getFirst();
        return new SourcePlan(
                ofVectors.creates(),
                List.of(new CollectionPlan(
                        config.collection(),
                        vector.rows(),
                        vector.bytes(),
                        JoinedScan.VECTOR,
                        vector.vectorType(),
                        config.fields())));
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        try (MongoClient client = config.open(new AwaitedAnswers())) {
            joined(client).run(client, rows);
        } catch (MongoException e) {
            throw unreadable(e);
        }
    }

    /** Where the vectors' may: the documents are read again. */
    @Override
    public boolean scanMayGoOn() {
        return vectors.scanMayGoOn();
    }

    @Override
    public void scanRest(String collection, Predicate<SourceKey> seen, Consumer<SourceRow> rows) {
        try (MongoClient client = config.open(new AwaitedAnswers())) {
            joined(client).rest(client, seen, rows);
        } catch (MongoException e) {
            throw unreadable(e);
        }
    }

    /** Each side at a moment of its own: a row that stands still is what it is at both. */
    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        try (MongoClient client = config.open(new AwaitedAnswers())) {
            return joined(client).fetch(client, keys);
        } catch (MongoException e) {
            throw unreadable(e);
        }
    }

    /** As the vectors' store gives them. */
    @Override
    public RowBlocks blocks(String collection) {
        return new DerivedBlocks(vectors.blocks(vectors.collections().getFirst()), found -> {
            try (MongoClient client = config.open(new AwaitedAnswers())) {
                return joined(client).joined(client, found);
            } catch (MongoException e) {
                throw unreadable(e);
            }
        });
    }

    @Override
    public double tolerance(String collection) {
        return vectors.tolerance(vectors.collections().getFirst());
    }

    /** As the vectors' store. */
    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return vectors.searchMetric(vectors.collections().getFirst());
    }

    /** With the types of the generation, which are those of the documents that existed when it began. */
    @Override
    public Source asPublished(ControlView control) {
        MongoSource published = new MongoSource(config, join, vectors.asPublished(control));
        DocumentTypes known = types.get();
        Optional.ofNullable(known)
                .or(() -> DocumentProgress.types(control, config))
                .ifPresent(published.types::set);
        return published;
    }

    private JoinedScan joined(MongoClient client) {
        DocumentTypes known = types.get();
        if (known == null) {
            types.compareAndSet(null, new WatchedCollection(config, client).types());
            known = Objects.requireNonNull(types.get());
        }
        return new JoinedScan(config, join, vectors, known);
    }

    private FerryException unreadable(MongoException e) {
        return FerryException.retryable(
                "MongoDB's %s.%s cannot be read: %s".formatted(config.database(), config.collection(), e.getMessage()),
                e);
    }

    @Override
    public Optional<References> references() {
        return Optional.of(new MongoReferences(config));
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new BothSidesBarriers(new AnnouncedBarriers(), vectors.barriers(kafka, topics));
    }

    /** A generation that was asked for begins once, however often the stage is started again. */
    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        if (options.newGeneration() && asked.compareAndSet(false, true)) {
            newGeneration.set(true);
        }
        Stage ofVectors = vectors.stage(kafka, topics, options);
        DocumentStage ofDocuments = new DocumentStage(
                config,
                join,
                vectors.collections(),
                () -> searchMetric(config.collection()),
                kafka,
                topics,
                newGeneration,
                types::set);
        return new BothSidesStage(ofDocuments, ofVectors);
    }
}
