package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code source.lancedb}.
 *
 * @param uri the database: a directory, relative to the working directory, or an object store's address
 * @param storage options of the object store, as LanceDB names them
 * @param key the column that identifies a row
 */
record LanceDbSourceConfig(String uri, Map<String, String> storage, String key, RescanSettings rescan) {
    private static final String TABLE_SUFFIX = ".lance";

    /** A look at a table that has no new version costs a few milliseconds. */
    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(1);

    LanceDbSourceConfig {
        storage = Map.copyOf(storage);
    }

    static LanceDbSourceConfig from(Path dataDir, Section section) {
        LanceDbSourceConfig config = new LanceDbSourceConfig(
                section.text("uri"),
                section.optionalSection("storage")
                        .map(s -> (Map<String, String>) new LinkedHashMap<>(s.rest()))
                        .orElse(Map.of()),
                section.text("key", "id"),
                RescanSettings.from(LanceDbSourceFactory.KIND, dataDir, section, "tables", DEFAULT_PAUSE));
        if (!config.isLocal() && config.rescan().collections().isEmpty()) {
            section.problem("tables", "must list the tables: those of an object store are not searched for");
        }
        section.done();
        return config;
    }

    boolean isLocal() {
        return !uri.contains("://");
    }

    String tableUri(String table) {
        return (uri.endsWith("/") ? uri : uri + "/") + table + TABLE_SUFFIX;
    }

    /** Returns the table that the directory holds, or an empty text if it is none. */
    static String tableIn(Path directory) {
        String name = String.valueOf(directory.getFileName());
        return name.endsWith(TABLE_SUFFIX) ? name.substring(0, name.length() - TABLE_SUFFIX.length()) : "";
    }
}
