package io.vectorferry.demo;

/** An article with its embedding. Immutable as long as nobody writes to the array. */
public final class EmbeddedArticle {
    private final Article article;
    private final float[] embedding;

    public EmbeddedArticle(Article article, float[] embedding) {
        this.article = article;
        this.embedding = embedding;
    }

    public Article article() {
        return article;
    }

    public float[] embedding() {
        return embedding;
    }
}
