package io.vectorferry.producer.mongo.capture;

import com.mongodb.MongoCommandException;
import com.mongodb.client.ChangeStreamIterable;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.FullDocument;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.mongo.documents.CollectionIdentity;
import io.vectorferry.producer.mongo.documents.DocumentPages;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.bson.conversions.Bson;

/** The documents' collection and its change stream. */
public final class WatchedCollection {
    /** How long the server waits for a change before it answers that there is none. */
    private static final Duration MAX_AWAIT = Duration.ofMillis(100);

    private static final int BATCH = 1_000;

    /** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost, CappedPositionLost, and what 4.0 and older said. */
    private static final Set<Integer> LOG_LOST = Set.of(260, 280, 286, 136, 40585, 40615);

    /** BSONObjectTooLarge. */
    private static final int TOO_LARGE = 10334;

    private static final String NOT_RESUMABLE = "NonResumableChangeStreamError";

    /** Servers that only speak MongoDB's protocol answer in words, with codes of their own. */
    private static final String IN_WORDS = "resume token";

    /** A server that does not say its time is asked for changes since a little before ours. */
    private static final Duration CLOCK_MARGIN = Duration.ofSeconds(10);

    private final MongoConfig config;
    private final MongoDatabase database;
    private final MongoCollection<BsonDocument> documents;

    public WatchedCollection(MongoConfig config, MongoClient client) {
        this.config = config;
        this.database = client.getDatabase(config.database());
        this.documents = database.getCollection(config.collection(), BsonDocument.class);
    }

    public String name() {
        return config.collection();
    }

    public long estimatedCount() {
        return documents.estimatedDocumentCount();
    }

    public DocumentPages pages(int size) {
        return new DocumentPages(documents, config.published(), size);
    }

    /** Returns the types of the chosen fields, as the documents are now. */
    public DocumentTypes types() {
        return DocumentTypes.observed(config.fields(), documents, config.published());
    }

    /** No change that comes later is before it. */
    public BsonTimestamp now() {
        return operationTime()
                .orElseGet(() -> new BsonTimestamp(
                        Math.toIntExact(Instant.now().minus(CLOCK_MARGIN).getEpochSecond()), 1));
    }

    /** The server's newest operation; empty where it does not say. */
    private Optional<BsonTimestamp> operationTime() {
        BsonDocument answer = database.runCommand(new BsonDocument("ping", new BsonInt32(1)), BsonDocument.class);
        return answer.isTimestamp("operationTime")
                ? Optional.of(answer.getTimestamp("operationTime"))
                : Optional.empty();
    }

    CollectionIdentity identity() {
        return CollectionIdentity.of(database, config.collection());
    }

    /**
     * Checks that the changes after the position can still be those of the documents that were read.
     *
     * @param recorded where those were read; empty where an earlier release did not record it
     * @return which it is now, to be recorded
     * @throws FerryException of kind MISCONFIGURED when they cannot; RETRYABLE when the server no longer returns what
     *     it returned before
     */
    CollectionIdentity checkIs(CollectionIdentity recorded, DocumentProgress.Place place) {
        CollectionIdentity now = identity();
        now.differenceFrom(recorded).ifPresent(difference -> {
            throw another(difference);
        });
        now.untoldOf(recorded).ifPresent(what -> {
            throw FerryException.retryable(
                    "MongoDB's %s.%s cannot be identified: the server no longer returns %s. If this does not change, grant the user the role read on %s, and set source.mongo.uri to a member of the replica set"
                            .formatted(config.database(), config.collection(), what, config.database()),
                    new IllegalStateException(what));
        });
        operationTime().filter(time -> time.compareTo(place.time()) < 0).ifPresent(time -> {
            throw another(
                    "it is at operation %s, before %s, from which the producer continues: it was restored to an earlier state, or is another server"
                            .formatted(DocumentProgress.text(time), DocumentProgress.text(place.time())));
        });
        return now.or(recorded);
    }

    private FerryException another(String difference) {
        return FerryException.misconfigured(
                "MongoDB collection %s.%s is not the one that was replicated: %s. The targets keep their rows"
                        .formatted(config.database(), config.collection(), difference),
                "Restore the server that source.mongo.uri named, or accept what is there now: ferry run -f … --new-generation reads the documents again and deletes rows that no longer exist.");
    }

    /** @throws FerryException of kind MISCONFIGURED when the server's log no longer reaches back so far */
    public MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> changesSince(DocumentProgress.Place place) {
        ChangeStreamIterable<BsonDocument> stream = documents
                .watch(needed(), BsonDocument.class)
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

    /** An event has the whole document and what was changed of it; both together may be more than the 16 MB that one answer may have. */
    private List<Bson> needed() {
        List<Bson> pipeline = new ArrayList<>(List.of(Aggregates.project(config.ofEvents())));
        if (splitsLargeEvents()) {
            pipeline.add(new BsonDocument("$changeStreamSplitLargeEvent", new BsonDocument()));
        }
        return pipeline;
    }

    /** MongoDB 7.0 and newer, and 6.0 from 6.0.9 on. */
    private boolean splitsLargeEvents() {
        BsonDocument built = database.runCommand(new BsonDocument("buildInfo", new BsonInt32(1)), BsonDocument.class);
        List<Integer> version = built.getArray("versionArray", new BsonArray()).stream()
                .map(part -> part.asNumber().intValue())
                .toList();
        return splitsLargeEvents(version);
    }

    public static boolean splitsLargeEvents(List<Integer> version) {
        int major = version.isEmpty() ? 0 : version.getFirst();
        return major >= 7 || (major == 6 && version.size() > 2 && version.get(1) == 0 && version.get(2) >= 9);
    }

    RuntimeException toldOf(MongoCommandException e) {
        if (e.getErrorCode() == TOO_LARGE) {
            return FerryException.misconfigured(
                    "a change of %s is larger than the 16 MB that MongoDB can return (error %d), although only its references and `fields` are requested"
                            .formatted(config.collection(), TOO_LARGE),
                    "Remove the large field from source.mongo.fields; or run MongoDB 6.0.9, 7.0 or newer, which splits such a change; or continue after it with ferry run -f … --new-generation.",
                    e);
        }
        boolean isLost = LOG_LOST.contains(e.getErrorCode())
                || e.hasErrorLabel(NOT_RESUMABLE)
                || e.getErrorMessage().toLowerCase(Locale.ROOT).contains(IN_WORDS);
        return isLost ? lost(e) : e;
    }

    /**
     * Fails if references are being or were rewritten: documents then no longer name the source's ids. Each is noted
     * before its document is touched, so asked between reading documents and publishing them, this misses none.
     */
    public void checkNotRewritten() {
        if (database.getCollection(config.mappings()).find().limit(1).first() != null) {
            throw FerryException.misconfigured(
                    "references in %s were rewritten to new ids: no more vectors can be joined by them"
                            .formatted(config.collection()),
                    "Restore them with `ferry references rewrite --revert`, or leave this pipeline stopped: %s lists what was rewritten."
                            .formatted(config.mappings()));
        }
    }

    FerryException replaced(String what) {
        return FerryException.misconfigured(
                "the collection %s was changed by %s, which its change stream does not cover"
                        .formatted(config.collection(), what),
                "Start the producer with --new-generation: it reads the documents again and deletes rows that no longer exist.");
    }

    private FerryException lost(MongoCommandException cause) {
        return FerryException.misconfigured(
                "MongoDB's log no longer has the changes of %s since the last one that the producer read, or the server is another one (error %d)"
                        .formatted(config.collection(), cause.getErrorCode()),
                "Start the producer with --new-generation: it reads the documents again and deletes rows that no longer exist. A larger oplog allows longer downtime.",
                cause);
    }
}
