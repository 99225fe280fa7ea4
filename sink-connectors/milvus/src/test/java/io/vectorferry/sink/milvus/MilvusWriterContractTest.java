package io.vectorferry.sink.milvus;

import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class MilvusWriterContractTest implements TargetWriterContract, TextIdContract {
    private final MilvusServer server;
    private final String collection = SharedServer.freshName();

    MilvusWriterContractTest(MilvusServer server) {
        this.server = server;
    }

    @Override
    public Target target() {
        return new MilvusTarget("vectors", MilvusConfig.of(server.uri(), collection));
    }
}
