package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.producer.contracttests.SourceStageContract;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class ChromaStageTest {
    @Nested
    class ByItsLog implements SourceStageContract {
        @Override
        public Store store() {
            return new Collection(true);
        }
    }

    @Nested
    class ByRepeatedScans implements SourceStageContract {
        @Override
        public Store store() {
            return new Collection(false);
        }
    }

    private static final class Collection implements SourceStageContract.Store {
        private final ChromaServer server = ChromaServer.forTest();
        private final ChromaWriter writer = new ChromaWriter(server);
        private final boolean hasLog;

        Collection(boolean hasLog) {
            this.hasLog = hasLog;
            writer.run("create('arts')");
        }

        @Override
        public Source source(Path data) {
            PipelineFile file = PipelineFile.of(
                    """
                    pipeline: articles
                    source: {chroma: {url: "%s", collections: [arts], rescan: 200ms, blockRows: 100, parallelism: 2%s}}
                    targets: [{name: lake, lancedb: {uri: x, table: y}}]
                    data.dir: "%s"
                    """.formatted(
                            server.url(), hasLog ? ", directory: \"%s\"".formatted(server.directory()) : "", data),
                    List.of(),
                    Map.of());
            PipelineConfig config = PipelineConfig.from(file);
            Source source =
                    new ChromaSourceFactory().configure(config, config.source().settings());
            file.problems().throwIfAny();
            return source;
        }

        @Override
        public List<String> collections() {
            return List.of("arts");
        }

        @Override
        public void insert(int from, int to) {
            writer.run("""
                    for i in range(%d, %d, 1000):
                        ids = range(i, min(i + 1000, %d))
                        get("arts").add(ids=[f"r{i}" for i in ids], embeddings=[[i, 1] for i in ids])
                    """.formatted(from, to, to));
        }

        @Override
        public void delete(int number) {
            writer.run("get('arts').delete(ids=['r%d'])".formatted(number));
        }

        @Override
        public Set<SourceKey> keys(int number) {
            return Set.of(new SourceKey("arts", List.of(new Value.Text("r" + number))));
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
