package io.vectorferry.producer.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.ChangePublisher;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** Reads the documents, then follows their changes until closed. */
final class DocumentStage implements Stage {
    private final MongoConfig config;
    private final DocumentJoin join;
    private final List<String> vectors;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final AtomicBoolean newGeneration;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean started = new AtomicBoolean();

    /** @param newGeneration taken back once the generation has begun */
    DocumentStage(
            MongoConfig config,
            DocumentJoin join,
            List<String> vectors,
            KafkaConnection kafka,
            Topics topics,
            AtomicBoolean newGeneration) {
        this.config = config;
        this.join = join;
        this.vectors = List.copyOf(vectors);
        this.kafka = kafka;
        this.topics = topics;
        this.newGeneration = newGeneration;
    }

    @Override
    public String name() {
        return "producer";
    }

    @Override
    public void run() {
        started.set(true);
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control());
                ControlView view = new ControlView(kafka, topics.control());
                ChangePublisher publisher = new ChangePublisher(kafka, topics);
                MongoClient client = MongoClients.create(config.uri())) {
            view.refresh();
            DocumentProgress progress = new DocumentProgress(control, view, config.collection(), vectors);
            WatchedCollection collection = new WatchedCollection(config, client);
            DocumentPublisher documents = new DocumentPublisher(new DocumentRows(config, join), publisher);
            new DocumentSnapshot(collection, documents, progress, stopping).run(newGeneration);
            new DocumentChanges(collection, documents, progress, view, stopping).run();
        } catch (MongoException e) {
            throw FerryException.retryable(
                    "MongoDB's %s.%s cannot be read: %s"
                            .formatted(config.database(), config.collection(), e.getMessage()),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    @Override
    public void close() {
        stopping.countDown();
        if (started.get()) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
