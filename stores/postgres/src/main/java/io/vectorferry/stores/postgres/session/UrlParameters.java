package io.vectorferry.stores.postgres.session;

import io.vectorferry.contracts.config.DidYouMean;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The parameters of a connection URL, under libpq's names or the JDBC driver's. All of them reach every session, capture's
 * too; one that would not is a problem and never ignored.
 *
 * @param driver under the JDBC driver's names
 */
public record UrlParameters(Map<String, String> driver, List<String> problems) {
    /** libpq's names of what the driver knows by another. */
    private static final Map<String, String> LIBPQ = Map.of(
            "connect_timeout", "connectTimeout",
            "application_name", "ApplicationName",
            "target_session_attrs", "targetServerType",
            "keepalives", "tcpKeepAlive",
            "gssencmode", "gssEncMode",
            "channel_binding", "channelBinding",
            "sslnegotiation", "sslNegotiation",
            "krbsrvname", "kerberosServerName");

    private static final Set<String> DRIVER = Set.of(
            "sslmode",
            "sslrootcert",
            "sslcert",
            "sslkey",
            "sslfactory",
            "options",
            "connectTimeout",
            "loginTimeout",
            "socketTimeout",
            "ApplicationName",
            "targetServerType",
            "tcpKeepAlive",
            "gssEncMode",
            "channelBinding",
            "sslNegotiation",
            "kerberosServerName");

    private static final Set<String> KEYS_OF_THEIR_OWN = Set.of("user", "password", "dbname", "host", "port");

    public UrlParameters {
        driver = Map.copyOf(driver);
        problems = List.copyOf(problems);
    }

    /** @param query as in the URL, percent-encoded */
    public static UrlParameters parse(String query) {
        Map<String, String> driver = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (String parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals > 0) {
                String name = parameter.substring(0, equals);
                String value =
                        URLDecoder.decode(parameter.substring(equals + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
                take(name, value, driver, problems);
            } else if (!parameter.isEmpty()) {
                problems.add("has a parameter without a value: " + parameter);
            }
        }
        return new UrlParameters(driver, problems);
    }

    private static void take(String name, String value, Map<String, String> driver, List<String> problems) {
        String known = LIBPQ.getOrDefault(name, name);
        if (KEYS_OF_THEIR_OWN.contains(name)) {
            problems.add("names %s as a parameter: it has its own key".formatted(name));
        } else if (!DRIVER.contains(known)) {
            Set<String> names = new TreeSet<>(DRIVER);
            names.addAll(LIBPQ.keySet());
            problems.add("has a parameter that would not reach the server: %s%s"
                    .formatted(name, DidYouMean.hint(name, List.copyOf(names))));
        } else {
            inDriversWords(known, value)
                    .ifPresentOrElse(
                            word -> driver.put(known, word),
                            () -> problems.add(
                                    "asks for a session that cannot write (%s=%s), and barriers are written to the primary"
                                            .formatted(name, value)));
        }
    }

    private static Optional<String> inDriversWords(String name, String value) {
        return switch (name) {
            case "targetServerType" ->
                switch (value) {
                    case "any", "primary" -> Optional.of(value);
                    case "read-write", "master" -> Optional.of("primary");
                    default -> Optional.empty();
                };
            case "tcpKeepAlive" -> Optional.of(value.equals("1") || value.equals("true") ? "true" : "false");
            default -> Optional.of(value);
        };
    }
}
