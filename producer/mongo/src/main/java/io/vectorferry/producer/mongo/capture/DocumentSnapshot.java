package io.vectorferry.producer.mongo.capture;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonTimestamp;

/**
 * Reads every document once, in pages of {@code _id}; after a kill it resumes at its last page. The position in the
 * log from which changes are read is recorded before the first page is read, so that no change is missed in between.
 */
public final class DocumentSnapshot {
    private static final int PAGE = 500;

    private final WatchedCollection collection;
    private final DocumentProgress progress;
    private final StageLife life;

    DocumentSnapshot(WatchedCollection collection, DocumentProgress progress, StageLife life) {
        this.collection = collection;
        this.progress = progress;
        this.life = life;
    }

    /** Begins a generation where one is due. */
    void begin(RequestedGeneration newGeneration) {
        collection.checkNotRewritten();
        int generation = progress.snapshot().getGeneration();
        if (generation == 0 || newGeneration.isDue()) {
            BsonTimestamp from = collection.now(); // before anything else is read
            progress.waitsFor(
                    "waits for MongoDB to look for the types of source.mongo.fields, which reads the collection");
            progress.began(
                    generation + 1, collection.estimatedCount(), from, collection.identity(), collection.types());
            newGeneration.begun();
        } else {
            progress.waitsFor("");
        }
    }

    public void read(DocumentTypes types, DocumentPublisher publisher) {
        progress.place().ifPresent(place -> progress.identified(collection.checkIs(progress.identity(), place)));
        if (!progress.isRead()) {
            read(progress.snapshot().getGeneration(), types, publisher);
        }
    }

    private void read(int generation, DocumentTypes types, DocumentPublisher publisher) {
        DocumentPages pages = collection.pages(PAGE);
        progress.lastId().ifPresent(pages::startAfter);
        long done = progress.snapshot().getRowsDone();
        for (List<BsonDocument> page = pages.next(); !page.isEmpty(); page = pages.next()) {
            if (!life.begin()) {
                return;
            }
            try {
                collection.checkNotRewritten();
                progress.settle(types, page);
                long now = Micros.now();
                page.forEach(document ->
                        publisher.upsert(document, Change.Origin.SNAPSHOT, SourcePosition.snapshot(generation), now));
                publisher.flush();
                done += page.size();
                progress.read(page.getLast().get("_id", BsonNull.VALUE), done);
            } finally {
                life.end();
            }
        }
        if (life.begin()) {
            try {
                publisher.snapshotComplete(collection.name(), generation);
                progress.readAll();
            } finally {
                life.end();
            }
        }
    }
}
