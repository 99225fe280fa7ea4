package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.producer.stage.ConcurrentWork;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Two stages as one: when either ends or fails, the other is closed, since a barrier takes both. */
final class BothSidesStage implements Stage {
    private final Stage documents;
    private final Stage vectors;
    private final ConcurrentWork both;

    BothSidesStage(Stage documents, Stage vectors) {
        this.documents = documents;
        this.vectors = vectors;
        this.both = new ConcurrentWork("producer-")
                .with("documents", documents::run, documents::close)
                .with("vectors", vectors::run, vectors::close);
    }

    @Override
    public String name() {
        return "producer";
    }

    @Override
    public void run() {
        try {
            both.run();
        } catch (InterruptedException e) {
            throw FerryException.retryable("the producer was interrupted", e);
        }
    }

    @Override
    public String waitsFor() {
        return Stream.of(documents, vectors)
                .map(Stage::waitsFor)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
    }

    @Override
    public boolean isWorking() {
        return documents.isWorking() && vectors.isWorking();
    }

    @Override
    public void pause() {
        documents.pause();
        vectors.pause();
    }

    @Override
    public void resume() {
        documents.resume();
        vectors.resume();
    }

    @Override
    public boolean isPaused() {
        return documents.isPaused() && vectors.isPaused();
    }

    @Override
    public void close() {
        both.close();
    }

    /** One barrier to both sides; it passes where the second one meets the first. */
    static final class Barriers implements BarrierIssuer {
        private final BarrierIssuer documents;
        private final BarrierIssuer vectors;

        Barriers(BarrierIssuer documents, BarrierIssuer vectors) {
            this.documents = documents;
            this.vectors = vectors;
        }

        @Override
        public void issue(Barrier barrier) {
            documents.issue(barrier);
            vectors.issue(barrier);
        }

        /** The documents' side writes nothing that it would have to wait for. */
        @Override
        public String asks() {
            return vectors.asks();
        }

        @Override
        public void close() {
            try (documents) {
                vectors.close();
            }
        }
    }
}
