package io.vectorferry.stores.postgres.session;

import io.vectorferry.contracts.config.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.Optional;

/**
 * A database, and the user that connects to it.
 *
 * @param section of the pipeline file that has {@code url}, {@code user} and {@code password}, such as {@code source.postgres}
 * @param parameters of the JDBC driver, such as {@code sslmode}; may be empty
 */
public record PostgresAddress(
        String section,
        String host,
        int port,
        String database,
        Map<String, String> parameters,
        String user,
        Optional<String> password) {
    private static final int DEFAULT_PORT = 5432;

    public PostgresAddress {
        parameters = Map.copyOf(parameters);
    }

    /** Reads {@code url}, {@code user} and {@code password}. */
    public static PostgresAddress from(Section section) {
        String text = section.text("url");
        String user = section.text("user", System.getProperty("user.name", "postgres"));
        Optional<String> password = section.optionalText("password");
        try {
            URI url = new URI(text.startsWith("jdbc:") ? text.substring("jdbc:".length()) : text);
            boolean postgres = "postgresql".equals(url.getScheme()) || "postgres".equals(url.getScheme());
            if (postgres && url.getHost() != null && url.getUserInfo() == null) {
                String database = url.getPath() == null || url.getPath().length() < 2
                        ? user
                        : url.getPath().substring(1);
                UrlParameters parameters = UrlParameters.parse(
                        Optional.ofNullable(url.getRawQuery()).orElse(""));
                parameters.problems().forEach(problem -> section.problem("url", problem));
                return new PostgresAddress(
                        section.path(),
                        url.getHost(),
                        url.getPort() < 0 ? DEFAULT_PORT : url.getPort(),
                        database,
                        parameters.driver(),
                        user,
                        password);
            }
        } catch (URISyntaxException e) {
            // told below
        }
        if (!text.isEmpty()) {
            section.problem("url", "must be postgresql://host:port/database; user and password have their own keys");
        }
        return new PostgresAddress(section.path(), "", DEFAULT_PORT, "", Map.of(), user, password);
    }

    /** Returns host, port and database. */
    public String text() {
        return "%s:%d/%s".formatted(host, port, database);
    }

    /** Returns the address without the password and the parameters. */
    @Override
    public String toString() {
        return "PostgresAddress[" + text() + "]";
    }
}
