package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import java.nio.file.Path;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.jspecify.annotations.Nullable;

/** Translates an exception of Streams for the stage. */
public final class StreamFailure {
    private StreamFailure() {}

    /** A fresh thread may do better, in this stage. */
    static boolean isPassing(Throwable thrown) {
        for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            boolean passing =
                    switch (cause) {
                        case FerryException e -> e.kind() == FerryException.Kind.RETRYABLE;
                        case RetriableException e -> true;
                        case TaskMigratedException e -> true;
                        case TaskCorruptedException e -> true;
                        default -> false;
                    };
            if (passing) {
                return true;
            }
        }
        return false;
    }

    public static FerryException of(Throwable thrown) {
        for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof FerryException e) {
                return e;
            }
            if (cause instanceof AuthorizationException || cause instanceof AuthenticationException) {
                return FerryException.misconfigured(
                        "the broker refuses the stream processor: " + cause.getMessage(),
                        "Grant this user read, write and transactions on the pipeline's topics; see docs/topics.md.",
                        thrown);
            }
            if (cause instanceof MissingSourceTopicException) {
                return FerryException.misconfigured(
                        "the changes topic is missing or was deleted while the pipeline ran",
                        "Start the pipeline again: it creates its topics.",
                        thrown);
            }
        }
        for (@Nullable Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof Error e) {
                return FerryException.unexpected("the stream processor", e);
            }
        }
        // The message of a StreamsException has the stack trace in it, and with it the messages of its causes.
        return new FerryException(
                FerryException.Kind.RETRYABLE,
                ErrorType.UNKNOWN,
                "the stream processor stopped with %s; ferry.log in the data directory shows where"
                        .formatted(innermost(thrown).getClass().getName()),
                "",
                thrown);
    }

    private static Throwable innermost(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    static FerryException ofStart(Path stateDir, StreamsException thrown) {
        return FerryException.misconfigured(
                "the stream processor cannot lock its state directory %s: %s".formatted(stateDir, thrown.getMessage()),
                "Stop the other process of this pipeline, or set another data.dir for this one. If there is no other process, start this one again.",
                thrown);
    }
}
