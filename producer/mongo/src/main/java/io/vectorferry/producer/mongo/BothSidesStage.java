package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
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
    public void close() {
        both.close();
    }
}
