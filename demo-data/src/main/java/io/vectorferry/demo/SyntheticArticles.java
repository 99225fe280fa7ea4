package io.vectorferry.demo;

import java.util.List;
import java.util.Random;

/** Rows beyond the real ones: a real embedding plus seeded noise, of length 1, and titled so. For one thread. */
public final class SyntheticArticles {
    public static final String TOPIC = "synthetic";
    /** Noise of this length on a vector of length 1 leaves a cosine of about 0.55: no rival of the real one in a search. */
    private static final double NOISE_LENGTH = 1.5;

    private final List<EmbeddedArticle> real;
    private final Random random;

    public SyntheticArticles(List<EmbeddedArticle> real, long seed) {
        this.real = List.copyOf(real);
        this.random = new Random(seed);
    }

    /** @param number part of its title */
    public EmbeddedArticle next(long number) {
        EmbeddedArticle origin = real.get(random.nextInt(real.size()));
        Article article = new Article(
                "synthetic %d".formatted(number),
                "A synthetic row: the embedding of \"%s\" with noise added."
                        .formatted(origin.article().title()),
                TOPIC);
        return new EmbeddedArticle(article, withNoise(origin.embedding()));
    }

    private float[] withNoise(float[] embedding) {
        double scale = NOISE_LENGTH / Math.sqrt(embedding.length);
        double[] sum = new double[embedding.length];
        double squares = 0;
        for (int i = 0; i < sum.length; i++) {
            sum[i] = embedding[i] + random.nextGaussian() * scale;
            squares += sum[i] * sum[i];
        }
        float[] unit = new float[sum.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (sum[i] / Math.sqrt(squares));
        }
        return unit;
    }
}
