package io.vectorferry.app.demo;

import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.control.ControlStage;
import io.vectorferry.demo.SyntheticArticles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Many changes of all kinds in short transactions, seeded. For one thread. */
final class MixedChanges {
    private static final int CHANGES = 300;
    private static final int MAX_CHANGES_PER_TRANSACTION = 5;
    private static final int KINDS = 5;
    private static final long FIRST_NEW_ID = 6_000_001;
    private static final long SEED = 2_026;

    private final DemoConsole screen;
    private final SourceArticles source;
    private final SyntheticArticles articles;
    private final Random random = new Random(SEED);
    private final List<Long> ids;
    private long nextId = FIRST_NEW_ID;

    MixedChanges(DemoConsole screen, SourceArticles source, SyntheticArticles articles) {
        this.screen = screen;
        this.source = source;
        this.articles = articles;
        this.ids = new ArrayList<>(source.syntheticIds());
        Collections.shuffle(ids, random);
    }

    void run(PipelineProcess process) throws InterruptedException {
        long started = System.nanoTime();
        int transactions = 0;
        for (int left = CHANGES; left > 0; transactions++) {
            int size = Math.min(left, 1 + random.nextInt(MAX_CHANGES_PER_TRANSACTION));
            source.transaction(() -> {
                for (int i = 0; i < size; i++) {
                    change();
                }
            });
            left -= size;
        }
        long written = System.nanoTime();
        long committed = process.barrierSequence();
        screen.passing("%d changes committed, waiting for a barrier after them", CHANGES);
        TargetArticles.await("a barrier after the changes", () -> process.observation()
                .map(ControlStage.Observation::acknowledged)
                .filter(acknowledged -> acknowledged > committed)
                .isPresent());
        screen.passed();
        screen.detail(
                "%-26s %-48s %,6d ms",
                CHANGES + " mixed changes",
                "%d transactions in %s; all in after".formatted(transactions, millis(started, written)),
                Duration.ofNanos(System.nanoTime() - written).toMillis());
    }

    private void change() {
        if (ids.size() < KINDS) {
            insert();
            return;
        }
        switch (random.nextInt(KINDS)) {
            case 0 -> insert();
            case 1 -> source.run("UPDATE articles SET body = body || ' (again)' WHERE id = ?", anyId());
            case 2 ->
                source.run(
                        "UPDATE articles SET embedding = ?::vector WHERE id = ?",
                        SourceArticles.text(articles.next(nextId).embedding()),
                        anyId());
            case 3 -> source.run("DELETE FROM articles WHERE id = ?", ids.removeLast());
            default -> {
                source.run("UPDATE articles SET id = ? WHERE id = ?", nextId, ids.removeLast());
                ids.addFirst(nextId++);
            }
        }
    }

    private void insert() {
        source.insert(nextId, List.of(articles.next(nextId)));
        ids.addFirst(nextId++);
    }

    private long anyId() {
        return ids.get(random.nextInt(ids.size()));
    }

    private static String millis(long from, long to) {
        return "%d ms".formatted(Duration.ofNanos(to - from).toMillis());
    }
}
