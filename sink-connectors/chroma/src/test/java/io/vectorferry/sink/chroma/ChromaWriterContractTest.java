package io.vectorferry.sink.chroma;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.spi.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class ChromaWriterContractTest implements TargetWriterContract, TextIdContract {
    private final ChromaServer server;
    private final String collection = SharedServer.freshName();

    ChromaWriterContractTest(ChromaServer server) {
        this.server = server;
    }

    @Override
    public Target target() {
        return new ChromaTarget("vectors", SharedServer.config(server.url(), collection));
    }

    @Override
    public List<String> refusedIds() {
        return List.of("");
    }
}
