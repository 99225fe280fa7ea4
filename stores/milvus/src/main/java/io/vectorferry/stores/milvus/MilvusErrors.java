package io.vectorferry.stores.milvus;

import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Set;

/**
 * Translates the codes of the server and of gRPC. Codes are those of 2.3 and newer; 65535 is "unexpected" and says
 * nothing.
 */
@SuppressWarnings("deprecation") // of the two codes in a status, servers of 2.3 fill the older one more reliably
public final class MilvusErrors {
    public static final int COLLECTION_NOT_FOUND = 100;
    public static final int COLLECTION_NOT_LOADED = 101;
    public static final int INDEX_NOT_FOUND = 700;
    public static final int ALIAS_NOT_FOUND = 1_600;
    private static final int ALIAS_IS_COLLECTION = 1_601;
    private static final int MEMORY_LIMIT = 3;
    private static final int DISK_LIMIT = 7;
    private static final int RATE_LIMIT = 8;
    private static final int WRITES_DENIED = 9;
    private static final int DATABASE_NOT_FOUND = 800;
    private static final int INVALID_PARAMETER = 1_100;
    private static final int LAST_INVALID_PARAMETER = 1_199;
    private static final int NOT_AUTHENTICATED = 1_400;
    private static final int NOT_PERMITTED = 1_401;
    private static final int UNEXPECTED = 65_535;
    private static final Set<ErrorCode> SLOW_DOWN = Set.of(
            ErrorCode.RateLimit,
            ErrorCode.ForceDeny,
            ErrorCode.MemoryQuotaExhausted,
            ErrorCode.DiskQuotaExhausted,
            ErrorCode.TimeTickLongDelay);

    private MilvusErrors() {}

    public static boolean isOk(Status status) {
        return status.getCode() == 0 && status.getErrorCode() == ErrorCode.Success;
    }

    /** The server has too much to do, or no room for the moment. */
    public static boolean isSlowDown(Status status) {
        int code = status.getCode();
        return SLOW_DOWN.contains(status.getErrorCode())
                || code == MEMORY_LIMIT
                || code == DISK_LIMIT
                || code == RATE_LIMIT
                || code == WRITES_DENIED;
    }

    /** The text of an unexpected error that speaks of a value, since only the text tells. */
    private static boolean speaksOfValues(String reason) {
        String text = reason.toLowerCase(Locale.ROOT);
        return text.contains("is not a number")
                || text.startsWith("json: ")
                || text.contains("json input")
                || text.contains("exceeds max length")
                || text.contains("cannot set json key")
                || text.contains("out of range")
                || text.contains("illegal");
    }

    /** Returns what the refusal of a request with rows means: a row that Milvus cannot hold spoils it. */
    public static FerryException ofRows(String action, Status status) {
        return isInvalid(status)
                ? FerryException.rejected(ErrorType.SCHEMA, "Milvus rejects a value: code " + status.getCode())
                : translate(action, status);
    }

    private static boolean isInvalid(Status status) {
        int code = status.getCode();
        return (code >= INVALID_PARAMETER && code <= LAST_INVALID_PARAMETER)
                || (code == UNEXPECTED && speaksOfValues(status.getReason()));
    }

    /**
     * Detects the text of a server before 2.4, whose code is unspecific: "maximum field's number should be limited to
     * 64".
     */
    private static boolean speaksOfLimits(Status status) {
        return status.getCode() == UNEXPECTED && status.getReason().contains("should be limited to");
    }

    /** Returns what the refusal of any other request means. */
    public static FerryException translate(String action, Status status) {
        String message = "%s was rejected by Milvus: %s (code %d)"
                .formatted(action, shortened(status.getReason()), status.getCode());
        int code = status.getCode();
        if (code == DATABASE_NOT_FOUND || code == NOT_AUTHENTICATED || code == NOT_PERMITTED) {
            return FerryException.misconfigured(
                    message,
                    "Check `token`, `user`, `password` and `database` of the target, or grant the missing privilege.");
        }
        if (code == COLLECTION_NOT_FOUND) {
            return FerryException.misconfigured(
                    message,
                    "The collection was dropped. Start ferry again: it creates the collection and fills it from `records`.");
        }
        if (isInvalid(status) || code == ALIAS_IS_COLLECTION || speaksOfLimits(status)) {
            return FerryException.misconfigured(
                    message,
                    "Correct what the reason names in the target's settings (`collection`, `alias`, `index`, `typed`, `partitionKey`, `shards`) or in the source's columns, and start ferry again.");
        }
        return retryable(message, ErrorType.UNKNOWN, null);
    }

    public static FerryException translate(String action, ServerAddress server, StatusRuntimeException e) {
        String what = "%s at %s".formatted(action, server);
        Throwable root = rootOf(e);
        if (root instanceof GeneralSecurityException) {
            return FerryException.misconfigured(
                    "%s failed: the server's certificate is not trusted: %s".formatted(what, root.getMessage()),
                    "Set `tls.ca` of the target to the authority that signed it, and `tls.serverName` if the certificate has another name than the host.",
                    e);
        }
        return switch (e.getStatus().getCode()) {
            case UNAUTHENTICATED, PERMISSION_DENIED ->
                FerryException.misconfigured(
                        what + " is not permitted", "Check `token`, or `user` and `password`, of the target.", e);
            case UNIMPLEMENTED ->
                FerryException.misconfigured(
                        what + ": this server does not support the call", "Use Milvus 2.3 or newer.", e);
            case DEADLINE_EXCEEDED -> retryable(what + " was not answered in time", ErrorType.TIMEOUT, e);
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS ->
                retryable("%s failed: %s".formatted(what, shortened(root.getMessage())), ErrorType.CONNECTION, e);
        };
    }

    /** Returns the root cause: gRPC's wrapper of a failed connection has no information. */
    private static Throwable rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static FerryException retryable(
            String message, ErrorType type, @org.jspecify.annotations.Nullable Throwable cause) {
        return new FerryException(FerryException.Kind.RETRYABLE, type, message, "", cause);
    }

    /** A reason may quote what was sent. */
    private static String shortened(@org.jspecify.annotations.Nullable String reason) {
        String text = reason == null ? "" : reason.replace('\n', ' ');
        return text.substring(0, Math.min(200, text.length()));
    }
}
