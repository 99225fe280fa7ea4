package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;

/** One barrier to both sides; it passes where the second one meets the first. */
final class BothSidesBarriers implements BarrierIssuer {
    private final BarrierIssuer documents;
    private final BarrierIssuer vectors;

    BothSidesBarriers(BarrierIssuer documents, BarrierIssuer vectors) {
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
