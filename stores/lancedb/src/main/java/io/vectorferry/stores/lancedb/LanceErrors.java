package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.FerryException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Translates Lance's exceptions, which are plain runtime exceptions with a text. */
public final class LanceErrors {
    private static final Pattern NO_TABLE = Pattern.compile(
            "Dataset at path [^\\n]* was not found: Not found: [^\\n]*/_versions(,|$)", Pattern.MULTILINE);

    private static final Pattern NO_VERSION = Pattern.compile("[Nn]ot found[^\\n]*_versions/[0-9]+\\.manifest");

    private LanceErrors() {}

    public static boolean isConflict(RuntimeException e) {
        String text = textOf(e);
        return text.contains("commit conflict")
                || text.contains("Commit conflict")
                || text.contains("Incompatible transaction");
    }

    /**
     * There is no table: the list of its versions is empty. A bucket that is missing, a refusal or a lost file are
     * something else, whatever their texts say: treating them as "no table" would fill an existing table again.
     */
    public static boolean isNoTable(RuntimeException e) {
        return NO_TABLE.matcher(textOf(e)).find();
    }

    /** Returns whether the version was cleaned up. */
    public static boolean isNoVersion(RuntimeException e) {
        return NO_VERSION.matcher(textOf(e)).find();
    }

    public static FerryException translate(RuntimeException e, String action, String uri) {
        String text = textOf(e);
        if (text.contains("No space left") || text.contains("os error 28")) {
            return FerryException.retryable(
                    "the disk of %s is full: %s waits for free space".formatted(uri, action), e);
        }
        if (text.contains("Permission denied")
                || text.contains("Read-only file system")
                || text.contains("os error 13")
                || text.contains("os error 30")) {
            return FerryException.misconfigured(
                    "%s of %s is not permitted".formatted(action, uri),
                    "Allow this user to write to that directory, or set another `uri` for the target.",
                    e);
        }
        return FerryException.retryable("%s of %s failed: %s".formatted(action, uri, firstLine(text)), e);
    }

    private static String textOf(Throwable e) {
        StringBuilder text = new StringBuilder();
        for (@Nullable Throwable t = e; t != null; t = t.getCause()) {
            text.append(t.getMessage()).append('\n');
        }
        return text.toString();
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
