package io.vectorferry.producer.mongo.capture;

import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import com.mongodb.client.model.changestream.SplitEvent;
import java.util.Objects;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/** The events of a change stream, each whole: of a large one MongoDB gives fragments, each with some of its parts. For one thread. */
public final class DocumentEvents {
    private final Supplier<@Nullable ChangeStreamDocument<BsonDocument>> cursor;
    private final Supplier<@Nullable BsonDocument> resumeToken;
    private @Nullable Event begun;

    /**
     * @param token to go on behind it
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
    public DocumentEvents(
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

    /** Of the log where the last event was read, or as far as it was searched; null in the middle of an event. */
    @Nullable
    BsonDocument token() {
        return begun == null ? resumeToken.get() : null;
    }
}
