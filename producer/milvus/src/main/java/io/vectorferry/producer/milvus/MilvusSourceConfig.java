package io.vectorferry.producer.milvus;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.stores.milvus.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;

/** {@code source.milvus}. */
record MilvusSourceConfig(ServerAddress server, RescanSettings rescan) {
    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(10);

    static MilvusSourceConfig from(Path dataDir, Section section) {
        MilvusSourceConfig config = new MilvusSourceConfig(
                ServerAddress.from(section),
                RescanSettings.from(MilvusSourceFactory.KIND, dataDir, section, "collections", DEFAULT_PAUSE));
        section.done();
        return config;
    }
}
