package io.vectorferry.producer.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.client.ChangeStreamIterable;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.FullDocument;
import io.vectorferry.contracts.FerryException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;

/** The documents' collection and its change stream. */
final class WatchedCollection {
    /** How long the server waits for a change before it answers that there is none. */
    private static final Duration MAX_AWAIT = Duration.ofMillis(100);

    private static final int BATCH = 1_000;

    /** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost, CappedPositionLost, and what 4.0 and older said. */
    private static final Set<Integer> LOG_LOST = Set.of(260, 280, 286, 136, 40585, 40615);

    private static final String NOT_RESUMABLE = "NonResumableChangeStreamError";

    /** Servers that only speak MongoDB's protocol answer in words, with codes of their own. */
    private static final String IN_WORDS = "resume token";

    /** A server that does not say its time is asked for changes since a little before ours. */
    private static final Duration CLOCK_MARGIN = Duration.ofSeconds(10);

    private final MongoConfig config;
    private final MongoDatabase database;
    private final MongoCollection<BsonDocument> documents;

    WatchedCollection(MongoConfig config, MongoClient client) {
        this.config = config;
        this.database = client.getDatabase(config.database());
        this.documents = database.getCollection(config.collection(), BsonDocument.class);
    }

    String name() {
        return config.collection();
    }

    long estimatedCount() {
        return documents.estimatedDocumentCount();
    }

    DocumentPages pages(int size) {
        return new DocumentPages(documents, config.published(), size);
    }

    /** No change that comes later is before it. */
    BsonTimestamp now() {
        BsonDocument answer = database.runCommand(new BsonDocument("ping", new BsonInt32(1)), BsonDocument.class);
        return answer.isTimestamp("operationTime")
                ? answer.getTimestamp("operationTime")
                : new BsonTimestamp(
                        Math.toIntExact(Instant.now().minus(CLOCK_MARGIN).getEpochSecond()), 1);
    }

    /** @throws FerryException of kind MISCONFIGURED when the server's log no longer reaches back so far */
    MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> changesSince(DocumentProgress.Place place) {
        ChangeStreamIterable<BsonDocument> stream = documents
                .watch(BsonDocument.class)
                .fullDocument(FullDocument.UPDATE_LOOKUP)
                .batchSize(BATCH)
                .maxAwaitTime(MAX_AWAIT.toMillis(), TimeUnit.MILLISECONDS);
        try {
            return place.token()
                    .map(stream::resumeAfter)
                    .orElseGet(() -> stream.startAtOperationTime(place.time()))
                    .cursor();
        } catch (MongoCommandException e) {
            throw toldOf(e);
        }
    }

    RuntimeException toldOf(MongoCommandException e) {
        boolean isLost = LOG_LOST.contains(e.getErrorCode())
                || e.hasErrorLabel(NOT_RESUMABLE)
                || e.getErrorMessage().toLowerCase(Locale.ROOT).contains(IN_WORDS);
        return isLost ? lost(e) : e;
    }

    /**
     * While references are rewritten or stand rewritten, documents no longer name the source's ids. Each is noted before
     * its document is touched, so asked between reading documents and publishing them, this misses none.
     */
    void checkNotRewritten() {
        if (database.getCollection(config.mappings()).find().limit(1).first() != null) {
            throw FerryException.misconfigured(
                    "references in %s were given their new ids: nothing more can be joined by them"
                            .formatted(config.collection()),
                    "Put them back with `ferry references rewrite --revert`, or leave this pipeline stopped: %s says what was rewritten."
                            .formatted(config.mappings()));
        }
    }

    FerryException replaced(String what) {
        return FerryException.misconfigured(
                "the collection %s was changed by %s, which its change stream does not follow"
                        .formatted(config.collection(), what),
                "Start the producer with --new-generation: it reads the documents again and deletes what is gone.");
    }

    private FerryException lost(MongoCommandException cause) {
        return FerryException.misconfigured(
                "MongoDB's log no longer has the changes of %s since the producer was here (error %d)"
                        .formatted(config.collection(), cause.getErrorCode()),
                "Start the producer with --new-generation: it reads the documents again and deletes what is gone. A larger oplog lets it be away for longer.",
                cause);
    }
}
