package io.vectorferry.producer.mongo.capture;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import com.mongodb.client.model.changestream.SplitEvent;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.mongo.capture.DocumentChanges.Events.Event;
import io.vectorferry.producer.mongo.capture.DocumentProgress.Place;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * The change stream from where it was left, in rounds: each reads what is there, waits until Kafka has it, and records
 * the resume token. A barrier that was asked for before a round, which then read to the end, follows that round. For one
 * thread.
 */
public final class DocumentChanges {
    /** Whole documents kept in memory. */
    private static final int ROUND_MAX = 500;

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration NOTE_IDLE_TOKEN_EVERY = Duration.ofSeconds(10);
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final WatchedCollection collection;
    private final DocumentPublisher publisher;
    private final DocumentProgress progress;
    private final DocumentTypes types;
    private final ControlView view;
    private final StageLife life;
    private String lastBarrier = "";
    private long tokenNotedAt = System.nanoTime();

    DocumentChanges(
            WatchedCollection collection,
            DocumentPublisher publisher,
            DocumentProgress progress,
            DocumentTypes types,
            ControlView view,
            StageLife life) {
        this.collection = collection;
        this.publisher = publisher;
        this.progress = progress;
        this.types = types;
        this.view = view;
        this.life = life;
    }

    public void run() throws InterruptedException {
        Place place = progress.place().orElseThrow(() -> new IllegalStateException("the snapshot records a place"));
        int generation = progress.snapshot().getGeneration();
        try (MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> cursor = collection.changesSince(place)) {
            Events events = new Events(cursor::tryNext, cursor::getResumeToken);
            while (!life.awaitStop(PAUSE) && life.begin()) {
                try {
                    view.refresh();
                    progress.completeWithVectors();
                    Optional<Barrier> asked = view.announcedBarrier();
                    Round round = round(events, place, generation);
                    place = round.reached();
                    progress.followed();
                    if (round.toTheEnd()) {
                        pass(asked, place);
                    }
                } finally {
                    life.end();
                }
            }
        } catch (MongoCommandException e) {
            throw collection.toldOf(e);
        }
    }

    private record Round(Place reached, boolean toTheEnd) {}

    private Round round(Events from, Place last, int generation) {
        List<Event> events = new ArrayList<>();
        @Nullable Event event = from.next();
        while (event != null) {
            events.add(event);
            event = events.size() < ROUND_MAX ? from.next() : null;
        }
        if (events.isEmpty()) {
            return new Round(idle(from, last), !from.isWithinEvent());
        }
        collection.checkNotRewritten();
        progress.settle(
                types,
                events.stream()
                        .flatMap(one -> Stream.ofNullable(one.document()))
                        .toList());
        Place place = last;
        for (Event one : events) {
            place = next(place, one);
            publish(one, SourcePosition.stream(generation, place.time().getValue(), place.order()));
        }
        publisher.flush();
        progress.captured(place);
        return new Round(place, events.size() < ROUND_MAX && !from.isWithinEvent());
    }

    /** The log advances while this collection does not change: a token that did not advance with it would be lost. */
    private Place idle(Events events, Place from) {
        boolean isDue = System.nanoTime() - tokenNotedAt > NOTE_IDLE_TOKEN_EVERY.toNanos();
        if (!isDue) {
            return from;
        }
        tokenNotedAt = System.nanoTime();
        collection.checkIs(progress.identity(), from);
        @Nullable BsonDocument token = events.token();
        if (token == null || from.token().filter(token::equals).isPresent()) {
            return from;
        }
        Place moved = new Place(from.time(), from.order(), Optional.of(token));
        progress.captured(moved);
        return moved;
    }

    /** Changes of one cluster time (a transaction's) are counted, over a restart too. */
    private static Place next(Place last, Event event) {
        BsonTimestamp time = Objects.requireNonNullElse(event.time(), last.time());
        int order = time.equals(last.time()) ? last.order() + 1 : 0;
        return new Place(time, order, Optional.of(event.token()));
    }

    private void publish(Event event, SourcePosition position) {
        long micros = (position.place() >>> Integer.SIZE) * MICROS_PER_SECOND;
        @Nullable BsonDocument document = event.document();
        @Nullable BsonDocument key = event.key();
        switch (event.type()) {
            case INSERT, UPDATE, REPLACE -> {
                if (document != null) { // else it was deleted meanwhile, and its deletion follows
                    Change.Origin origin =
                            event.type() == OperationType.INSERT ? Change.Origin.CREATE : Change.Origin.UPDATE;
                    publisher.upsert(document, origin, position, micros);
                }
            }
            case DELETE -> {
                if (key != null) {
                    publisher.delete(key, position, micros);
                }
            }
            case DROP, RENAME, DROP_DATABASE, INVALIDATE ->
                throw collection.replaced(event.type().getValue());
            case OTHER -> {} // of indexes, and the like
        }
    }

    private void pass(Optional<Barrier> asked, Place place) {
        asked.filter(barrier -> !barrier.id().equals(lastBarrier)).ifPresent(barrier -> {
            publisher.barrier(barrier, DocumentProgress.text(place.time()));
            lastBarrier = barrier.id();
        });
    }

    /** The events of a change stream, each whole: of a large one MongoDB gives fragments, each with some of its parts. For one thread. */
    public static final class Events {
        private final Supplier<@Nullable ChangeStreamDocument<BsonDocument>> cursor;
        private final Supplier<@Nullable BsonDocument> resumeToken;
        private @Nullable Event begun;

        /**
         * @param token to continue after it
         * @param document as it was looked up; null when it was deleted meanwhile
         * @param key has the {@code _id}
         */
        public record Event(
                OperationType type,
                @Nullable BsonTimestamp time,
                BsonDocument token,
                @Nullable BsonDocument document,
                @Nullable BsonDocument key) {

            public static Event of(ChangeStreamDocument<BsonDocument> event) {
                return new Event(
                        Objects.requireNonNullElse(event.getOperationType(), OperationType.OTHER),
                        event.getClusterTime(),
                        event.getResumeToken(),
                        event.getFullDocument(),
                        event.getDocumentKey());
            }

            public Event with(Event later) {
                return new Event(
                        type == OperationType.OTHER ? later.type : type,
                        time == null ? later.time : time,
                        later.token,
                        document == null ? later.document : document,
                        key == null ? later.key : key);
            }
        }

        /**
         * @param cursor gives the next event or fragment; null where there is none yet
         * @param resumeToken of where the cursor is
         */
        public Events(
                Supplier<@Nullable ChangeStreamDocument<BsonDocument>> cursor,
                Supplier<@Nullable BsonDocument> resumeToken) {
            this.cursor = cursor;
            this.resumeToken = resumeToken;
        }

        /** Null where there is none yet. */
        @Nullable
        public Event next() {
            @Nullable ChangeStreamDocument<BsonDocument> next = cursor.get();
            while (next != null) {
                Event event = begun == null ? Event.of(next) : begun.with(Event.of(next));
                SplitEvent split = next.getSplitEvent();
                if (split == null || split.getFragment() >= split.getOf()) {
                    begun = null;
                    return event;
                }
                begun = event;
                next = cursor.get();
            }
            return null;
        }

        /** Whether fragments of an event are still to come. */
        public boolean isWithinEvent() {
            return begun != null;
        }

        /**
         * Returns the token of the log where the last event was read, or as far as it was searched; null in the middle
         * of an event.
         */
        @Nullable
        BsonDocument token() {
            return begun == null ? resumeToken.get() : null;
        }
    }
}
