package io.vectorferry.app.demo;

import io.vectorferry.demo.SentenceEmbedder;
import java.util.List;
import java.util.Locale;

/** The same question to both sides, answered by meaning. For one thread. */
final class DemoSearches {
    private static final List<String> QUESTIONS =
            List.of("Which planet has rings?", "What is the lightest metal?", "Where do people play the sitar?");
    private static final int TOP = 3;
    private static final int CELL = 37;

    private final DemoConsole screen;
    private final SourceArticles source;
    private final TargetArticles target;
    private final SentenceEmbedder embedder;

    DemoSearches(DemoConsole screen, SourceArticles source, TargetArticles target, SentenceEmbedder embedder) {
        this.screen = screen;
        this.source = source;
        this.target = target;
        this.embedder = embedder;
    }

    void run() {
        screen.detail("    %-44s   %s", "pgvector", target.product());
        for (String question : QUESTIONS) {
            float[] query = embedder.embed(question);
            screen.line("   " + question);
            table(source.search(query, TOP), target.search(query, TOP));
        }
    }

    private void table(List<SourceArticles.Hit> left, List<SourceArticles.Hit> right) {
        for (int i = 0; i < left.size(); i++) {
            boolean same = i < right.size() && left.get(i).id() == right.get(i).id();
            screen.detail(
                    " %d  %-44s %s %s",
                    i + 1, cell(left.get(i)), same ? "=" : "≠", i < right.size() ? cell(right.get(i)) : "");
        }
    }

    private static String cell(SourceArticles.Hit hit) {
        String body = hit.body().length() > CELL ? hit.body().substring(0, CELL - 1) + "…" : hit.body();
        return String.format(Locale.ROOT, "%-" + CELL + "s %.4f", body, hit.similarity());
    }
}
