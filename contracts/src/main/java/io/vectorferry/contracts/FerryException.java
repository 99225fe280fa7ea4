package io.vectorferry.contracts;

import io.vectorferry.contracts.message.ErrorType;
import org.jspecify.annotations.Nullable;

/**
 * The exception of every stage: what failed, why, and what to do about it. Never contains a secret or the content of a
 * record.
 */
public final class FerryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Decides what the caller does: back off within a bound, dead-letter the record, or stop. */
    public enum Kind {
        RETRYABLE,
        REJECTED_RECORD,
        MISCONFIGURED
    }

    private final Kind kind;
    private final ErrorType errorType;
    private final String remedy;
    private final boolean unexpected;

    /** @param remedy what to do, as a sentence or a command; empty when the message says it all */
    public FerryException(Kind kind, ErrorType errorType, String message, String remedy, @Nullable Throwable cause) {
        this(kind, errorType, message, remedy, cause, false);
    }

    private FerryException(
            Kind kind,
            ErrorType errorType,
            String message,
            String remedy,
            @Nullable Throwable cause,
            boolean unexpected) {
        super(message, SqlErrors.withoutValues(cause));
        this.unexpected = unexpected;
        this.kind = kind;
        this.errorType = errorType;
        this.remedy = remedy;
    }

    public static FerryException misconfigured(String message, String remedy) {
        return new FerryException(Kind.MISCONFIGURED, ErrorType.UNKNOWN, message, remedy, null);
    }

    public static FerryException misconfigured(String message, String remedy, Throwable cause) {
        return new FerryException(Kind.MISCONFIGURED, ErrorType.UNKNOWN, message, remedy, cause);
    }

    public static FerryException retryable(String message, Throwable cause) {
        return new FerryException(Kind.RETRYABLE, ErrorType.CONNECTION, message, "", cause);
    }

    /**
     * Returns what ends a stage that did not expect the throwable. An {@link Error} ends the process: what it left behind in
     * memory is unknown, and a new process begins at what is committed. Anything else may pass. The status shows the
     * result, so of a throwable that may quote a row only the class is named.
     *
     * @param what failed, such as "the snapshot"
     */
    public static FerryException unexpected(String what, Throwable thrown) {
        if (thrown instanceof FerryException known) {
            return known;
        }
        if (thrown instanceof OutOfMemoryError) {
            return ended(
                    what + " ended: " + thrown,
                    "Give the JVM more memory (FERRY_JAVA_OPTS=-Xmx4g ferry run …) and start it again: it resumes from the last commit.",
                    thrown);
        }
        if (thrown instanceof Error) {
            boolean quotesNoRow = thrown instanceof VirtualMachineError || thrown instanceof LinkageError;
            return ended(
                    what + " ended: "
                            + (quotesNoRow ? thrown : thrown.getClass().getName()),
                    "Start ferry again: it resumes from the last commit. ferry.log in the data directory shows where the error was raised.",
                    thrown);
        }
        return new FerryException(
                Kind.RETRYABLE,
                ErrorType.CONNECTION,
                "%s failed with %s; ferry.log in the data directory shows where"
                        .formatted(what, thrown.getClass().getName()),
                "",
                thrown,
                true);
    }

    private static FerryException ended(String message, String remedy, Throwable cause) {
        return new FerryException(Kind.MISCONFIGURED, ErrorType.UNKNOWN, message, remedy, cause, true);
    }

    public static FerryException rejected(ErrorType errorType, String message) {
        return new FerryException(Kind.REJECTED_RECORD, errorType, message, "", null);
    }

    public Kind kind() {
        return kind;
    }

    public ErrorType errorType() {
        return errorType;
    }

    public String remedy() {
        return remedy;
    }

    /** Returns the same error as one that nobody expected. */
    public FerryException asUnexpected() {
        FerryException same =
                new FerryException(kind, errorType, String.valueOf(getMessage()), remedy, getCause(), true);
        same.setStackTrace(getStackTrace());
        return same;
    }

    /** Whether only the stack trace says what happened. */
    public boolean isUnexpected() {
        return unexpected;
    }
}
