package io.vectorferry.sink.chroma;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.stores.chroma.ChromaAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server for all tests of a run, which each name collections of their own; it is started at the first use. */
final class SharedServer implements ParameterResolver {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private record Running(ChromaServer server) implements AutoCloseable {
        @Override
        public void close() {
            server.close();
        }
    }

    /** A name that no other test has. */
    static String freshName() {
        return "test" + NEXT.incrementAndGet();
    }

    static ChromaAddress address(String url) {
        return address(url, Duration.ofSeconds(60));
    }

    static ChromaAddress address(String url, Duration requestTimeout) {
        return new ChromaAddress(
                "targets[0].chroma",
                url,
                "default_tenant",
                "default_database",
                Optional.empty(),
                ChromaAddress.TokenHeader.AUTHORIZATION,
                requestTimeout);
    }

    /** A target whose vectors come back bit for bit. */
    static ChromaTargetConfig config(String url, String collection) {
        return config(address(url), collection, ChromaTargetConfig.Space.L2);
    }

    static ChromaTargetConfig config(ChromaAddress address, String collection, ChromaTargetConfig.Space space) {
        return new ChromaTargetConfig(
                address,
                collection,
                Optional.of(space),
                Map.of(),
                Optional.empty(),
                "document",
                ChromaTargetConfig.WriteLimits.defaults());
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == ChromaServer.class;
    }

    @Override
    public ChromaServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedServer.class))
                .getOrComputeIfAbsent(Running.class, ignored -> new Running(ChromaServer.forTest()), Running.class)
                .server();
    }
}
