package io.vectorferry.app.demo;

import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.demo.Article;
import io.vectorferry.demo.EmbeddedArticle;
import io.vectorferry.demo.SentenceEmbedder;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** One change of each kind, each followed until a read of the target shows it. For one thread. */
final class LiveChanges {
    private static final long FIRST_NEW_ID = 5_000_001;

    private final DemoConsole screen;
    private final SourceArticles source;
    private final TargetArticles target;
    private final SentenceEmbedder embedder;
    private final long textId;
    private final long vectorId;
    private final long deletedId;
    private final long movedId;

    /** @param ids of four rows or more that may be changed */
    LiveChanges(
            DemoConsole screen,
            SourceArticles source,
            TargetArticles target,
            SentenceEmbedder embedder,
            List<Long> ids) {
        this.screen = screen;
        this.source = source;
        this.target = target;
        this.embedder = embedder;
        this.textId = ids.get(0);
        this.vectorId = ids.get(1);
        this.deletedId = ids.get(2);
        this.movedId = ids.get(3);
    }

    void run() throws InterruptedException {
        insert();
        updateText();
        updateVector();
        delete();
        changeKey();
    }

    private void insert() throws InterruptedException {
        Article article = new Article(
                "Halley's Comet",
                "Halley's Comet comes back to the inner Solar System about every 76 years.",
                "astronomy");
        float[] embedding = embedder.embed(article.body());
        follow(
                "insert",
                "row %d, \"%s\"".formatted(FIRST_NEW_ID, article.title()),
                FIRST_NEW_ID,
                () -> source.insert(FIRST_NEW_ID, List.of(new EmbeddedArticle(article, embedding))),
                row -> row.flatMap(TargetArticles::vector).equals(Optional.of(Vector.ofFloats(embedding))));
    }

    private void updateText() throws InterruptedException {
        Row before = target.row(textId).orElseThrow();
        String body = TargetArticles.text(before, "body") + " (edited)";
        follow(
                "update of the text",
                "row %d; its vector is the same, bit for bit".formatted(textId),
                textId,
                () -> source.run("UPDATE articles SET body = ? WHERE id = ?", body, textId),
                row -> row.filter(now -> TargetArticles.text(now, "body").equals(body)
                                && TargetArticles.vector(now).equals(TargetArticles.vector(before)))
                        .isPresent());
    }

    private void updateVector() throws InterruptedException {
        String body = "Ice floats on water, since water expands when it freezes.";
        float[] embedding = embedder.embed(body);
        follow(
                "update with a new vector",
                "row %d; all 384 floats arrive, bit for bit".formatted(vectorId),
                vectorId,
                () -> source.run(
                        "UPDATE articles SET title = 'Ice', body = ?, topic = 'physics', embedding = ?::vector WHERE id = ?",
                        body,
                        SourceArticles.text(embedding),
                        vectorId),
                row -> row.flatMap(TargetArticles::vector).equals(Optional.of(Vector.ofFloats(embedding))));
    }

    private void delete() throws InterruptedException {
        follow(
                "delete",
                "row %d".formatted(deletedId),
                deletedId,
                () -> source.run("DELETE FROM articles WHERE id = ?", deletedId),
                Optional::isEmpty);
    }

    private void changeKey() throws InterruptedException {
        long newId = FIRST_NEW_ID + 1;
        follow(
                "change of the key",
                "row %d is %d now; the old id is gone".formatted(movedId, newId),
                newId,
                () -> source.run("UPDATE articles SET id = ? WHERE id = ?", newId, movedId),
                row -> row.isPresent() && target.row(movedId).isEmpty());
    }

    private void follow(String kind, String what, long id, Runnable change, Predicate<Optional<Row>> readable)
            throws InterruptedException {
        screen.passing("%-26s waiting for %s", kind, target.product());
        long started = System.nanoTime();
        change.run();
        long millis = target.awaitRow(started, id, readable);
        screen.passed();
        screen.detail("%-26s %-48s %,6d ms", kind, what, millis);
    }
}
