package io.vectorferry.producer.mongo.capture;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.producer.mongo.documents.DocumentRows;
import io.vectorferry.producer.publish.ChangePublisher;
import org.bson.BsonDocument;

/** Documents into {@code changes}. */
public final class DocumentPublisher {
    private final DocumentRows rows;
    private final ChangePublisher publisher;

    DocumentPublisher(DocumentRows rows, ChangePublisher publisher) {
        this.rows = rows;
        this.publisher = publisher;
    }

    /** A document that no target can hold as it is becomes a dead letter, and stops none behind it. */
    public void upsert(BsonDocument document, Change.Origin origin, SourcePosition position, long micros) {
        SourceKey key = rows.key(document);
        Row row;
        try {
            row = rows.row(document);
        } catch (FerryException e) {
            if (e.kind() != FerryException.Kind.REJECTED_RECORD) {
                throw e;
            }
            publisher.deadLetter(key, e.errorType(), String.valueOf(e.getMessage()), position);
            return;
        }
        var unused = publisher.send(key, new Change.Upsert(origin, position, micros, row));
    }

    /** @param documentKey has the {@code _id} */
    void delete(BsonDocument documentKey, SourcePosition position, long micros) {
        var unused = publisher.send(rows.key(documentKey), new Change.Delete(position, micros));
    }

    void snapshotComplete(String collection, int generation) {
        publisher.broadcast(new Change.SnapshotComplete(collection, generation));
        publisher.flush();
    }

    void barrier(Barrier barrier, String position) {
        Barrier ofDocuments = barrier.named(barrier.id() + DocumentJoin.BARRIER_OF_DOCUMENTS);
        publisher.broadcast(new Change.BarrierMark(ofDocuments.at(position)));
        publisher.flush();
    }

    /** Flushes: what was sent before is durable when it returns. */
    void flush() {
        publisher.flush();
    }
}
