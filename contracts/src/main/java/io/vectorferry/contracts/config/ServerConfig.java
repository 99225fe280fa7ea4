package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Listen address and access token of an HTTP server.
 *
 * @param key of pipeline.yaml that says so
 * @param port 0: any free one
 * @param token required for every request beyond loopback, and for row keys on loopback
 */
public record ServerConfig(String key, String host, int port, Optional<String> token) {
    private static final String SCHEME = "Bearer ";
    private static final int TOKEN_BYTES = 24;

    static ServerConfig from(Section section, String name, String otherwise, Optional<String> token) {
        String listen = section.text(name, otherwise);
        if (!listen.matches(".+:\\d{1,5}")) {
            section.problem(name, "must be host:port");
            listen = otherwise;
        }
        int colon = listen.lastIndexOf(':');
        return new ServerConfig(
                section.path() + "." + name,
                listen.substring(0, colon),
                Integer.parseInt(listen.substring(colon + 1)),
                token);
    }

    /** @throws FerryException when the host is unknown, or others could reach it and there is no token */
    public InetAddress address() {
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw FerryException.misconfigured(
                    "%s names an unknown host: %s".formatted(key, host),
                    "127.0.0.1 accepts connections from this machine only.",
                    e);
        }
        if (!address.isLoopbackAddress() && token.isEmpty()) {
            throw FerryException.misconfigured(
                    "%s %s is reachable from other machines, but control.token is not set".formatted(key, host),
                    "Set control.token, such as ${env:FERRY_TOKEN}, or listen on 127.0.0.1.");
        }
        return address;
    }

    /** Returns this with a token, a random one if none is set: then only those know it to whom the server's process hands it on. */
    public ServerConfig guarded() {
        address(); // beyond loopback a token must be set
        return token.isPresent() ? this : new ServerConfig(key, host, port, Optional.of(randomToken()));
    }

    /** Returns this with a random token in place of the one that is set: one that is worth nothing once the server has ended. */
    public ServerConfig withRandomToken() {
        address(); // beyond loopback a token must be set
        return new ServerConfig(key, host, port, Optional.of(randomToken()));
    }

    private static String randomToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** The header {@code Authorization} of a request to it. */
    public Optional<String> authorization() {
        return token.map(ServerConfig::bearer);
    }

    public static String bearer(String token) {
        return SCHEME + token;
    }

    @Override
    public String toString() {
        return "%s %s:%d".formatted(key, host, port);
    }

    /** @param authorization the header as it came */
    public boolean isAuthorized(@Nullable String authorization) {
        return authorization != null
                && token.isPresent()
                && MessageDigest.isEqual(
                        authorization.getBytes(StandardCharsets.UTF_8),
                        (SCHEME + token.get()).getBytes(StandardCharsets.UTF_8));
    }
}
