package io.vectorferry.contracts;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Errors of a database as they may be shown and logged: those about a value quote it, as in {@code invalid input syntax for type integer: "…"}. */
public final class SqlErrors {
    /** The class of their SQLSTATE. */
    private static final String DATA_EXCEPTION = "22";

    /** Feature not supported, data exception, authorization, syntax or access. */
    private static final Set<String> WRONG_CLASSES = Set.of("0A", DATA_EXCEPTION, "28", "42");

    /** No such database, a setting or a state that forbids it, a configured limit. */
    private static final Set<String> WRONG_STATES = Set.of("3D000", "55000", "53400");

    /** A table or another object that came or went since it was looked for. */
    private static final Set<String> CHANGED_MEANWHILE = Set.of("42P01", "42704", "42710");

    private SqlErrors() {}

    /**
     * Whether the statement may succeed later as it is: the connection or the server went, or the server was short of something
     * or ended the statement. What may not pass is wrong with the statement, a right or a setting.
     */
    public static boolean mayPass(SQLException e) {
        String state = e.getSQLState();
        return state == null
                || state.length() < 2
                || CHANGED_MEANWHILE.contains(state)
                || !(WRONG_STATES.contains(state) || WRONG_CLASSES.contains(state.substring(0, 2)));
    }

    /** Returns the first line of the message, without a value. */
    public static String firstLine(SQLException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String line = message.lines().findFirst().orElse("");
        return isOfValue(e) ? withoutValue(line) : line;
    }

    /** Returns the throwable itself, or a copy with the same stack traces if it or a cause of it quotes a value. */
    static @Nullable Throwable withoutValues(@Nullable Throwable thrown) {
        if (thrown == null || !quotesValue(thrown)) {
            return thrown;
        }
        Throwable cause = withoutValues(thrown.getCause());
        Throwable copy = thrown instanceof SQLException sql
                ? new SQLException(firstLine(sql), sql.getSQLState(), sql.getErrorCode(), cause)
                : new IllegalStateException(
                        thrown.getClass().getName() + ": " + withoutValue(String.valueOf(thrown.getMessage())), cause);
        copy.setStackTrace(thrown.getStackTrace());
        return copy;
    }

    private static boolean quotesValue(Throwable thrown) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql && isOfValue(sql)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfValue(SQLException e) {
        return e.getSQLState() != null && e.getSQLState().startsWith(DATA_EXCEPTION);
    }

    private static String withoutValue(String text) {
        int value = text.indexOf(": \"");
        return value < 0 ? text : text.substring(0, value);
    }
}
