package io.vectorferry.stores.milvus;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceFutureStub;
import io.milvus.grpc.Status;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.milvus.shaded.io.grpc.stub.MetadataUtils;
import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** One connection to a server, for any thread. Connects at the first call, and again whenever it has to. */
public final class MilvusClient implements AutoCloseable {
    private static final int MAX_ANSWER_BYTES = 512 << 20;

    /** Rarer than servers forbid: they answer with a GOAWAY. */
    private static final Duration KEEP_ALIVE = Duration.ofMinutes(5);

    private final ServerAddress server;
    private final ManagedChannel channel;
    private final Metadata headers = new Metadata();

    public MilvusClient(ServerAddress server) {
        this.server = server;
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(server.host(), server.port())
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
                .keepAliveWithoutCalls(false);
        this.channel =
                server.encrypted() ? encrypted(builder) : builder.usePlaintext().build();
        server.credentials()
                .ifPresent(secret -> header(
                        "authorization", Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8))));
        header("dbname", server.database());
    }

    private void header(String name, String value) {
        headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }

    private ManagedChannel encrypted(NettyChannelBuilder builder) {
        ServerAddress.TlsFiles files = server.tls();
        SslContextBuilder context = GrpcSslContexts.forClient();
        files.authority().ifPresent(path -> context.trustManager(path.toFile()));
        files.certificate()
                .ifPresent(path -> context.keyManager(
                        path.toFile(), files.key().orElseThrow().toFile()));
        files.name().ifPresent(builder::overrideAuthority);
        try {
            return builder.useTransportSecurity().sslContext(context.build()).build();
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "the TLS files of Milvus at %s cannot be used".formatted(server), "Check `tls` of the target.", e);
        }
    }

    public ServerAddress server() {
        return server;
    }

    /** A call that answers with nothing but its status. */
    public void command(String action, Duration timeout, Function<MilvusServiceBlockingStub, Status> call) {
        Status status = ask(action, timeout, call);
        if (!MilvusErrors.isOk(status)) {
            throw MilvusErrors.translate(action, status);
        }
    }

    /** The answer, whatever its status. */
    public <T> T ask(String action, Duration timeout, Function<MilvusServiceBlockingStub, T> call) {
        try {
            // A server that was away for long is else tried again only after minutes.
            channel.resetConnectBackoff();
            return call.apply(MilvusServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException e) {
            throw MilvusErrors.translate(action, server, e);
        }
    }

    public MilvusServiceFutureStub sending(Duration timeout) {
        channel.resetConnectBackoff();
        return MilvusServiceGrpc.newFutureStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
