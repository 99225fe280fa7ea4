package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.SqlErrors;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The meaning of each SQLSTATE for a sink (PostgreSQL's Appendix A). */
public final class PostgresErrors {
    public static final String UNIQUE_VIOLATION = "23505";
    public static final String NO_PRIVILEGE = "42501";
    private static final String FOREIGN_KEY_VIOLATION = "23503";
    private static final String READ_ONLY = "25006";

    /** Data, integrity, a limit of the server, a view's check option, a function of the application. */
    private static final Set<String> CLASSES_OF_ROWS = Set.of("22", "23", "54", "44", "P0");

    /** Their messages may quote anything. */
    private static final Set<String> WORDS_OF_OTHERS = Set.of("44", "P0");

    private static final Map<String, String> OFTEN = Map.of(
            READ_ONLY,
            "the server takes no writes: it is a standby, or default_transaction_read_only is on",
            "53100",
            "the server's disk is full",
            "53300",
            "the server has too many connections");

    /** A table, a column or a type that changed since it was looked at. */
    private static final Set<String> CHANGED = Set.of("42P01", "42703", "42804", "3F000", "0A000");

    private PostgresErrors() {}

    /** Returns what the refusal of rows means: one of them spoils the batch, or the server is at fault. */
    public static FerryException ofRows(SQLException e, String table) {
        if (!CLASSES_OF_ROWS.contains(stateClass(e))) {
            return translate(e, "writing to " + table);
        }
        return FerryException.rejected(ErrorType.SCHEMA, "PostgreSQL refuses the row: " + reason(e));
    }

    /** Returns what the refusal of a single deletion means: there is no row to put aside. */
    public static FerryException ofDeletion(SQLException e, String table) {
        if (!CLASSES_OF_ROWS.contains(stateClass(e))) {
            return translate(e, "writing to " + table);
        }
        return FerryException.misconfigured(
                "PostgreSQL refuses to delete a row of %s: %s".formatted(table, reason(e)),
                state(e).equals(FOREIGN_KEY_VIOLATION)
                        ? "Declare the foreign key with ON DELETE CASCADE or ON DELETE SET NULL, or delete the rows that refer to it."
                        : "Change the trigger or the rule that refuses it.");
    }

    /** Names the constraint or the type, never a value: the words of an application's trigger are left out. */
    private static String reason(SQLException e) {
        String words = WORDS_OF_OTHERS.contains(stateClass(e))
                ? "a trigger, a rule or a view of the application refuses it"
                : SqlErrors.firstLine(e);
        return "%s (SQLSTATE %s)".formatted(words, state(e));
    }

    /** Returns what any other failure means. */
    public static FerryException translate(SQLException e, String action) {
        String state = state(e);
        String message = "%s failed: %s (SQLSTATE %s)"
                .formatted(action, OFTEN.getOrDefault(state, Connections.firstLine(e)), state);
        if (state.equals(NO_PRIVILEGE)) {
            return FerryException.misconfigured(
                    message, "Grant the missing privilege: `ferry doctor` prints the SQL for this target.", e);
        }
        boolean mayPass = OFTEN.containsKey(state) || SqlErrors.mayPass(e);
        return mayPass
                ? FerryException.retryable(message, e)
                : FerryException.misconfigured(
                        message, "Correct what the message names in the database or in the target's settings.", e);
    }

    /** Whether the table may look different from how it did. */
    public static boolean isOfChangedTable(SQLException e) {
        return CHANGED.contains(state(e));
    }

    public static boolean isShortOfResources(SQLException e) {
        return stateClass(e).equals("53");
    }

    public static String state(SQLException e) {
        return e.getSQLState() == null ? "" : e.getSQLState();
    }

    private static String stateClass(SQLException e) {
        String state = state(e);
        return state.length() < 2 ? "" : state.substring(0, 2);
    }

    /** Whether the error is of the constraint or unique index of that name. */
    public static boolean isOf(SQLException e, String state, String constraint) {
        return state(e).equals(state)
                && serverMessage(e)
                        .map(ServerErrorMessage::getConstraint)
                        .filter(constraint::equals)
                        .isPresent();
    }

    private static Optional<ServerErrorMessage> serverMessage(SQLException e) {
        return e instanceof PSQLException known ? Optional.ofNullable(known.getServerErrorMessage()) : Optional.empty();
    }
}
