package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.contracttests.SourceReaderContract;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A table in several fragments, with deleted rows and ids that Lance's filters cannot name. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanceDbReaderTest implements SourceReaderContract {
    @TempDir
    static Path directory;

    @BeforeAll
    void fill() {
        new LanceDbApplication(directory).run("""
                docs = db.create_table("docs", rows(0, 7))
                docs.add(rows(10, 4) + [{"id": "it's \\u00e9", "vector": [9.0, 9.0, 9.0, 9.0], "name": "odd", "number": 1}])
                docs.delete("id = 'r2'")
                """);
    }

    @Override
    public Source source() {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {lancedb: {uri: "%s"}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                """.formatted(directory), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        return new LanceDbSourceFactory().configure(config, config.source().settings());
    }

    @Override
    public Value absent() {
        return new Value.Text("r99");
    }
}
