package io.vectorferry.contracts.message;

import com.google.protobuf.ByteString;

/**
 * A value of {@code dead-letters}, under the source key.
 *
 * @param message what is wrong, without the record's content
 * @param stage {@code producer}, {@code stream} or {@code sink/<target>}
 * @param original the encoded value as it came: of {@code records} when the stage is a sink, else of {@code changes};
 *     empty where it was too large to keep
 * @param withdrawn not a failure: it closes every earlier letter of its key and error
 */
public record DeadLetter(
        ErrorType error,
        String message,
        String stage,
        boolean retryable,
        long failedMicros,
        Origin origin,
        SourcePosition position,
        ByteString original,
        boolean withdrawn) {

    public DeadLetter(
            ErrorType error,
            String message,
            String stage,
            boolean retryable,
            long failedMicros,
            Origin origin,
            SourcePosition position,
            ByteString original) {
        this(error, message, stage, retryable, failedMicros, origin, position, original, false);
    }

    /** Returns the withdrawal of a dead letter whose cause no longer exists. */
    public static DeadLetter withdrawal(ErrorType error, String message, String stage, long micros) {
        return new DeadLetter(
                error,
                message,
                stage,
                false,
                micros,
                new Origin("", 0, 0),
                SourcePosition.snapshot(0),
                ByteString.EMPTY,
                true);
    }

    /** The position of the record that failed; the topic is empty for dead letters of the producer. */
    public record Origin(String topic, int partition, long offset) {}

    /** Whether the message names keys of rows. */
    public boolean namesKeys() {
        return error == ErrorType.ORPHAN_REFERENCE;
    }

    public boolean ofSink() {
        return stage.startsWith("sink/");
    }
}
