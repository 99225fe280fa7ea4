package io.vectorferry.producer.mongo.capture;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.PendingAnswers;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.RecordedDistances;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the documents, then follows their changes until closed. */
public final class DocumentStage extends PausableStage {
    private final MongoConfig config;
    private final DocumentJoin join;
    private final List<String> vectors;
    private final Supplier<Optional<DistanceMetric>> searchedBy;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final RequestedGeneration newGeneration;
    private final Consumer<DocumentTypes> types;
    private final PendingAnswers awaited = new PendingAnswers();
    private final AtomicReference<@Nullable DocumentProgress> following = new AtomicReference<>();

    /**
     * @param searchedBy how the vectors' store is searched
     * @param types receives those that the generation has
     */
    public DocumentStage(
            MongoConfig config,
            DocumentJoin join,
            List<String> vectors,
            Supplier<Optional<DistanceMetric>> searchedBy,
            KafkaConnection kafka,
            Topics topics,
            RequestedGeneration newGeneration,
            Consumer<DocumentTypes> types) {
        super("the producer of the documents");
        this.config = config;
        this.join = join;
        this.vectors = List.copyOf(vectors);
        this.searchedBy = searchedBy;
        this.kafka = kafka;
        this.topics = topics;
        this.newGeneration = newGeneration;
        this.types = types;
    }

    @Override
    public String name() {
        return "producer";
    }

    @Override
    public void run() {
        life.run(this::replicate);
    }

    private void replicate() throws InterruptedException {
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control());
                ControlView view = new ControlView(kafka, topics.control());
                ChangePublisher publisher = new ChangePublisher(kafka, topics);
                MongoClient client = config.open(awaited)) {
            view.refresh();
            DocumentProgress progress = new DocumentProgress(control, view, config.collection(), vectors);
            following.set(progress);
            try {
                // Before any row is published, so that a sink that sees one finds it.
                new RecordedDistances(view).record(control, config.collection(), searchedBy.get());
                follow(new WatchedCollection(config, client), progress, view, publisher);
            } catch (MongoException e) {
                throw reported(
                        progress,
                        FerryException.retryable(
                                "MongoDB's %s.%s cannot be read: %s"
                                        .formatted(config.database(), config.collection(), e.getMessage()),
                                e));
            } catch (RuntimeException | Error e) {
                throw reported(progress, FerryException.unexpected("the producer of the documents", e));
            }
        }
    }

    private void follow(
            WatchedCollection collection, DocumentProgress progress, ControlView view, ChangePublisher publisher)
            throws InterruptedException {
        DocumentSnapshot snapshot = new DocumentSnapshot(collection, progress, life);
        snapshot.begin(newGeneration);
        DocumentTypes ofFields = progress.types(config);
        types.accept(ofFields);
        DocumentPublisher documents = new DocumentPublisher(new DocumentRows(config, join, ofFields), publisher);
        snapshot.read(ofFields, documents);
        progress.failed("");
        new DocumentChanges(collection, documents, progress, ofFields, view, life).run();
    }

    /** Reports the failure in {@code control} too, where the status reads it. */
    private FerryException reported(DocumentProgress progress, FerryException e) {
        if (!life.isStopping()) {
            try {
                progress.failed(e.getMessage() + (e.remedy().isEmpty() ? "" : ". " + e.remedy()));
            } catch (RuntimeException unreported) {
                e.addSuppressed(unreported);
            }
        }
        return e;
    }

    @Override
    public String waitsFor() {
        return awaited.text();
    }

    @Override
    public boolean isWorking() {
        DocumentProgress progress = following.get();
        return progress != null && progress.isFollowed();
    }
}
