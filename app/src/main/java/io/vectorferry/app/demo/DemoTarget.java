package io.vectorferry.app.demo;

import io.vectorferry.deploy.server.MilvusServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The target of the demo: its name, its section of the pipeline, and how to look into it. */
sealed interface DemoTarget extends AutoCloseable {
    enum Kind {
        LANCEDB,
        MILVUS
    }

    /** Starts what it needs. */
    static DemoTarget start(Kind kind, DemoConsole screen, DemoFolder folder) {
        return switch (kind) {
            case LANCEDB -> new LanceDb(folder.lance());
            case MILVUS -> startMilvus(screen, folder);
        };
    }

    private static DemoTarget startMilvus(DemoConsole screen, DemoFolder folder) {
        screen.step("A target: Milvus");
        if (!MilvusServer.isInstalled()) {
            screen.faint("first use on this machine: Milvus is downloaded now, by pip");
        }
        long before = System.nanoTime();
        MilvusServer server = MilvusServer.start(folder.milvus(), Map.of());
        screen.detail("a standalone Milvus started on %s in %s", server.uri(), DemoConsole.seconds(before));
        return new Milvus(server);
    }

    String product();

    /** One entry of {@code targets:}. */
    String yaml();

    /** Returns hints for looking at the copy with another client. */
    List<String> whereToLook();

    @Override
    void close();

    record LanceDb(Path directory) implements DemoTarget {
        @Override
        public String product() {
            return "LanceDB";
        }

        @Override
        public String yaml() {
            return "{name: lake, lancedb: {uri: %s, table: articles, index: {metric: cosine}}}".formatted(directory);
        }

        @Override
        public List<String> whereToLook() {
            return List.of(
                    "LanceDB table   " + directory.resolve("articles.lance"),
                    "in Python       import lancedb",
                    "                lancedb.connect(\"%s\").open_table(\"articles\").head(3)".formatted(directory));
        }

        @Override
        public void close() {}
    }

    record Milvus(MilvusServer server) implements DemoTarget {
        @Override
        public String product() {
            return "Milvus";
        }

        @Override
        public String yaml() {
            return "{name: vectors, milvus: {uri: \"%s\", collection: articles}}".formatted(server.uri());
        }

        @Override
        public List<String> whereToLook() {
            return List.of(
                    "collection      articles on " + server.uri(),
                    "in Python       from pymilvus import MilvusClient",
                    "                MilvusClient(\"%s\").query(\"articles\", \"id > 0\", limit=3)"
                            .formatted(server.uri()));
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
