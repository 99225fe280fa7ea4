package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Two stages as one: when either ends or fails, the other is closed. */
final class BothSidesStage implements Stage {
    private final Stage documents;
    private final Stage vectors;

    BothSidesStage(Stage documents, Stage vectors) {
        this.documents = documents;
        this.vectors = vectors;
    }

    @Override
    public String name() {
        return "producer";
    }

    @Override
    public void run() {
        AtomicReference<@Nullable FerryException> failure = new AtomicReference<>();
        Thread ofVectors = Thread.ofPlatform().name("producer-vectors").start(() -> {
            side(vectors, failure);
            documents.close();
        });
        side(documents, failure);
        vectors.close();
        try {
            ofVectors.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        FerryException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private static void side(Stage stage, AtomicReference<@Nullable FerryException> failure) {
        try {
            stage.run();
        } catch (FerryException e) {
            failure.compareAndSet(null, e);
        } catch (RuntimeException e) {
            failure.compareAndSet(null, FerryException.retryable("the producer failed: " + e.getMessage(), e));
        } catch (Error e) {
            // The other side must not go on alone: a barrier takes both.
            failure.compareAndSet(null, FerryException.retryable("the producer failed: " + e, e));
        }
    }

    @Override
    public void close() {
        documents.close();
        vectors.close();
    }
}
