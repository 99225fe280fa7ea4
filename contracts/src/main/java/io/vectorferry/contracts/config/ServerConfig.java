package io.vectorferry.contracts.config;

import io.vectorferry.contracts.FerryException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a server of ours listens, and who may ask it.
 *
 * @param key of pipeline.yaml that says so
 * @param port 0: any free one
 * @param token that every request from beyond loopback must bear
 */
public record ServerConfig(String key, String host, int port, Optional<String> token) {
    private static final String SCHEME = "Bearer ";

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
                    "%s names an unknown host: %s".formatted(key, host), "127.0.0.1 is this machine alone.", e);
        }
        if (!address.isLoopbackAddress() && token.isEmpty()) {
            throw FerryException.misconfigured(
                    "%s %s is reachable by others and there is no control.token".formatted(key, host),
                    "Set control.token, such as ${env:FERRY_TOKEN}, or listen on 127.0.0.1.");
        }
        return address;
    }

    /** The header {@code Authorization} of a request to it. */
    public Optional<String> authorization() {
        return token.map(SCHEME::concat);
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
