package io.vectorferry.producer.chroma;

import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;

/** An application of its own: Chroma's Python client. */
public final class ChromaWriter {
    private static final String HEAD = """
            import sys, chromadb, numpy as np
            client = chromadb.HttpClient(port=int(sys.argv[1]))
            def create(name, space="l2"):
                return client.create_collection(name, embedding_function=None, configuration={"hnsw": {"space": space}})
            def get(name):
                return client.get_collection(name, embedding_function=None)
            """;

    private final ChromaServer server;

    public ChromaWriter(ChromaServer server) {
        this.server = server;
    }

    /** Runs a program in which {@code create} and {@code get} give collections. */
    public String run(String program) {
        return PythonEnvironment.chroma().run(HEAD + program, Integer.toString(server.port()));
    }
}
