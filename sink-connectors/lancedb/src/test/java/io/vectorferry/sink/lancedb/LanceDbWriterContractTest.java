package io.vectorferry.sink.lancedb;

import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.spi.Target;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class LanceDbWriterContractTest implements TargetWriterContract, TextIdContract {
    @TempDir
    Path directory;

    @Override
    public Target target() {
        return new LanceDbTarget("lake", LanceDbConfig.of(directory.toString(), "articles"));
    }
}
