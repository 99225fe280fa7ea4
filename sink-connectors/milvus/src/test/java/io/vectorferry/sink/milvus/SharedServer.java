package io.vectorferry.sink.milvus;

import io.vectorferry.deploy.server.MilvusServer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server for all tests of a run, which each name collections of their own; it is started at the first use. */
final class SharedServer implements ParameterResolver {
    private static final AtomicInteger NEXT = new AtomicInteger();

    private record Running(MilvusServer server) implements AutoCloseable {
        @Override
        public void close() {
            server.close();
        }
    }

    /** A name that no other test has. */
    static String freshName() {
        return "t" + NEXT.incrementAndGet();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == MilvusServer.class;
    }

    @Override
    public MilvusServer resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedServer.class))
                .getOrComputeIfAbsent(Running.class, ignored -> new Running(MilvusServer.forTest()), Running.class)
                .server();
    }
}
