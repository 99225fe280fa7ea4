package io.vectorferry.stores.milvus;

import io.vectorferry.contracts.config.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/** The server's address and the credentials. Never printed: it holds the secret. */
public record ServerAddress(
        String host, int port, boolean encrypted, Optional<String> credentials, String database, TlsFiles tls) {
    static final int DEFAULT_PORT = 19_530;
    static final String DEFAULT_DATABASE = "default";

    /** Each may be left out: then the JVM's own authorities are trusted and no certificate of ours is shown. */
    public record TlsFiles(
            Optional<Path> authority, Optional<Path> certificate, Optional<Path> key, Optional<String> name) {
        public static final TlsFiles NONE =
                new TlsFiles(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    public static ServerAddress of(String uri) {
        URI parsed = URI.create(uri);
        return new ServerAddress(
                parsed.getHost(),
                parsed.getPort() < 0 ? DEFAULT_PORT : parsed.getPort(),
                "https".equals(parsed.getScheme()),
                Optional.empty(),
                DEFAULT_DATABASE,
                TlsFiles.NONE);
    }

    public static ServerAddress from(Section section) {
        ServerAddress address = parsed(section);
        Optional<TlsFiles> tls = section.optionalSection("tls").map(ServerAddress::tls);
        if (tls.isPresent() && !address.encrypted) {
            section.problem("tls", "is for an https uri");
        }
        return new ServerAddress(
                address.host,
                address.port,
                address.encrypted,
                credentials(section),
                section.text("database", DEFAULT_DATABASE),
                tls.orElse(TlsFiles.NONE));
    }

    private static ServerAddress parsed(Section section) {
        String uri = section.text("uri");
        try {
            URI parsed = new URI(uri);
            if (parsed.getHost() != null && ("http".equals(parsed.getScheme()) || "https".equals(parsed.getScheme()))) {
                return of(uri);
            }
        } catch (URISyntaxException e) {
            // told below
        }
        if (section.optionalText("uri").isPresent()) {
            section.problem("uri", "must be http://host:port, or https://host:port for TLS");
        }
        return of("http://localhost");
    }

    private static Optional<String> credentials(Section section) {
        Optional<String> token = section.optionalText("token");
        Optional<String> user = section.optionalText("user");
        Optional<String> password = section.optionalText("password");
        if (token.isPresent() && (user.isPresent() || password.isPresent())) {
            section.problem("token", "replaces user and password: set one or the other");
        }
        if (user.isPresent() != password.isPresent()) {
            section.problem("user", "needs a password, and a password a user");
        }
        return token.or(() -> user.map(name -> name + ":" + password.orElse("")));
    }

    private static TlsFiles tls(Section section) {
        TlsFiles files = new TlsFiles(
                section.optionalText("ca").map(Path::of),
                section.optionalText("certificate").map(Path::of),
                section.optionalText("key").map(Path::of),
                section.optionalText("serverName"));
        if (files.certificate().isPresent() != files.key().isPresent()) {
            section.problem("certificate", "needs a key, and a key a certificate");
        }
        section.done();
        return files;
    }

    @Override
    public String toString() {
        return "%s://%s:%d".formatted(encrypted ? "https" : "http", host, port);
    }
}
