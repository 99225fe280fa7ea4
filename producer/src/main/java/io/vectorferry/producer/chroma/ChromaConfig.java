package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.config.Section;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * {@code source.chroma}.
 *
 * @param collections empty: all of the database, also those that are created later
 * @param maxLossPercent of the records, or of the collections, that may go at once before a person is asked
 * @param directory the server's own, where its log can be read
 * @param memory the directory in which the producer remembers what it has published
 */
record ChromaConfig(
        Server server,
        List<String> collections,
        Reading reading,
        int maxLossPercent,
        Optional<Path> directory,
        Path memory) {

    enum TokenHeader {
        AUTHORIZATION,
        X_CHROMA_TOKEN
    }

    /** @param url without a slash at its end */
    record Server(String url, String tenant, String database, Optional<String> token, TokenHeader tokenHeader) {}

    /**
     * @param pause at least this long between two looks, and as long as the look itself took
     * @param blockRows rows that one request reads
     */
    record Reading(Duration pause, int blockRows, int parallelism, Duration requestTimeout) {}

    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(10);
    private static final int DEFAULT_BLOCK_ROWS = 1_000;
    private static final int MAX_BLOCK_ROWS = 10_000;
    private static final int DEFAULT_PARALLELISM = 4;
    private static final int MAX_PARALLELISM = 32;
    private static final int DEFAULT_MAX_LOSS_PERCENT = 50;
    private static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(60);

    ChromaConfig {
        collections = List.copyOf(collections);
    }

    static ChromaConfig from(Path dataDir, Section section) {
        ChromaConfig config = new ChromaConfig(
                new Server(
                        url(section),
                        section.text("tenant", "default_tenant"),
                        section.text("database", "default_database"),
                        section.optionalText("token"),
                        section.choice("tokenHeader", TokenHeader.class, TokenHeader.AUTHORIZATION)),
                collections(section),
                new Reading(
                        section.duration("rescan", DEFAULT_PAUSE),
                        section.integer("blockRows", DEFAULT_BLOCK_ROWS, 1, MAX_BLOCK_ROWS),
                        section.integer("parallelism", DEFAULT_PARALLELISM, 1, MAX_PARALLELISM),
                        section.duration("requestTimeout", DEFAULT_REQUEST_TIMEOUT)),
                section.integer("maxLossPercent", DEFAULT_MAX_LOSS_PERCENT, 0, 100),
                section.optionalText("directory").map(Path::of),
                dataDir.resolve("chroma"));
        section.done();
        return config;
    }

    private static String url(Section section) {
        String text = section.text("url");
        try {
            URI url = new URI(text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getUserInfo() == null) {
                return text.replaceAll("/+$", "");
            }
        } catch (URISyntaxException e) {
            // told below
        }
        if (!text.isEmpty()) {
            section.problem("url", "must be http://host:port, with the token as a key of its own");
        }
        return "";
    }

    private static List<String> collections(Section section) {
        List<String> names = section.texts("collections");
        if (names.stream().distinct().count() < names.size()) {
            section.problem("collections", "names a collection twice");
        }
        return names.stream().distinct().toList();
    }
}
