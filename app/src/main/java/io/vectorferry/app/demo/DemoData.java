package io.vectorferry.app.demo;

import io.vectorferry.demo.Article;
import io.vectorferry.demo.Articles;
import io.vectorferry.demo.EmbeddedArticle;
import io.vectorferry.demo.SentenceEmbedder;
import io.vectorferry.demo.SyntheticArticles;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The rows that the demo begins with: real ones first, at least a fifth synthetic. */
record DemoData(List<EmbeddedArticle> real, SyntheticArticles synthetic) {
    private static final long SEED = 384;

    static DemoData embed(DemoConsole screen, SentenceEmbedder embedder, int rows) throws InterruptedException {
        List<Article> articles = Articles.all();
        int count = Math.min(articles.size(), rows - rows / 5);
        List<EmbeddedArticle> real = new ArrayList<>();
        for (Article article : articles.subList(0, count)) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            real.add(new EmbeddedArticle(article, embedder.embed(article.body())));
            screen.passing("embedding sentence %,d of %,d", real.size(), count);
        }
        screen.passed();
        return new DemoData(List.copyOf(real), new SyntheticArticles(real, SEED));
    }

    Iterator<EmbeddedArticle> rows(int rows) {
        return Stream.concat(
                        real.stream(),
                        LongStream.rangeClosed(real.size() + 1L, rows).mapToObj(synthetic::next))
                .iterator();
    }
}
