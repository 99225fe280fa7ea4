package io.vectorferry.deploy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChromaServerTest {

    @Test
    void keepsItsRowsOverAKill() {
        try (ChromaServer server = ChromaServer.forTest()) {
            PythonEnvironment.chroma().run("""
                    import sys, chromadb
                    collection = chromadb.HttpClient(port=int(sys.argv[1])).create_collection("cats", embedding_function=None)
                    collection.add(ids=["a", "b"], embeddings=[[1, 2], [3, 4]])
                    """, Integer.toString(server.port()));

            server.kill();
            server.startAgain();

            assertThat(PythonEnvironment.chroma().run("""
                    import sys, chromadb
                    print(chromadb.HttpClient(port=int(sys.argv[1])).get_collection("cats", embedding_function=None).count())
                    """, Integer.toString(server.port())))
                    .isEqualToIgnoringNewLines("2");
        }
        assertThat(ProcessHandle.current()
                        .children()
                        .map(child -> child.info().command().orElse("")))
                .noneMatch(command -> command.contains("chroma-server"));
    }
}
