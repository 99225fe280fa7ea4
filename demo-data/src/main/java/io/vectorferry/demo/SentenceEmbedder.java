package io.vectorferry.demo;

import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;

/** all-MiniLM-L6-v2 in this process, offline: about 200 short texts a second. Safe for any thread. */
public final class SentenceEmbedder {
    public static final int DIMENSION = 384;

    private final AllMiniLmL6V2EmbeddingModel model = new AllMiniLmL6V2EmbeddingModel();

    public float[] embed(String text) {
        return model.embed(text).content().vector();
    }
}
