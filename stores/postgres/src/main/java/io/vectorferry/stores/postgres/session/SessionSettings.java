package io.vectorferry.stores.postgres.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a session prints and reads values, and that it sees all rows: alike in every session, the replication session too,
 * whatever the database, the role, the URL or the JVM say. They are set after the connection is made, since the driver sends
 * the JVM's time zone with it.
 */
public final class SessionSettings {
    private static final Map<String, String> FIXED = fixed();

    /** Types and operators of extensions keep short names, as in a session of the default settings with them in public. */
    private static final String SEARCH_PATH = """
            pg_catalog.set_config('search_path', (
                SELECT pg_catalog.concat_ws(', ', 'public', pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(n.nspname), ', '))
                FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{public,pg_catalog}'::pg_catalog.name[])), %s)""";

    private SessionSettings() {}

    /** Applies the settings of a reading session. */
    public static void apply(Connection connection) throws SQLException {
        set(connection, calls(false) + ", " + SEARCH_PATH.formatted(false));
    }

    /** Applies the settings of a writing session: triggers of the application may depend on its search path. */
    static void applyToWriter(Connection connection) throws SQLException {
        set(connection, calls(false));
    }

    /** Applies the settings to the transaction that begins here, and to nothing after it. Returns the server's process. */
    static int applyToTransaction(Connection connection, boolean reads) throws SQLException {
        String path = reads ? ", " + SEARCH_PATH.formatted(true) : "";
        return processAfter(connection, calls(true) + path);
    }

    private static void set(Connection connection, String calls) throws SQLException {
        ProbingSockets.serves(processAfter(connection, calls));
    }

    private static int processAfter(Connection connection, String calls) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid(), " + calls)) {
            row.next();
            return row.getInt(1);
        }
    }

    private static String calls(boolean local) {
        return FIXED.entrySet().stream()
                .map(setting ->
                        "pg_catalog.set_config('%s', '%s', %s)".formatted(setting.getKey(), setting.getValue(), local))
                .collect(Collectors.joining(", "));
    }

    private static Map<String, String> fixed() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("TimeZone", "UTC");
        settings.put("DateStyle", "ISO, MDY");
        settings.put("IntervalStyle", "postgres");
        settings.put("bytea_output", "hex");
        settings.put("extra_float_digits", "3");
        settings.put("lc_monetary", "C");
        settings.put("xmlbinary", "base64");
        settings.put("xmloption", "content");
        settings.put("quote_all_identifiers", "off");
        // Of the literals that keys are asked for by:
        settings.put("standard_conforming_strings", "on");
        settings.put("array_nulls", "on");
        // A row that a policy hides would be missing, or be taken for deleted: the server raises an error instead.
        settings.put("row_security", "off");
        return settings;
    }
}
