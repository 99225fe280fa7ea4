package io.vectorferry.sink.milvus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
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

    /** The server of these tests is of version 2.3. */
    @Override
    @Test
    public void aRowWithSeveralVectorsComesBackWithEachOfThemAlsoAfterARestart() {
        Row row = Row.of(
                List.of(
                        new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(1, 2, 3)),
                        new VectorColumn("other", VectorElement.FLOAT32, 2, Vector.ofFloats(1, 2))),
                List.of());
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schemaOf(Rows.key(1), row)))
                    .withMessageContaining("one vector in a collection")
                    .satisfies(e -> assertThat(e.remedy()).contains("vector: embedding", "2.4"));
        }
    }
}
