package io.vectorferry.demo;

import java.util.ArrayList;
import java.util.List;

/** About a thousand true sentences, made from tables of facts; the most varied come first. */
public final class Articles {
    private final List<Article> articles = new ArrayList<>();

    private Articles() {}

    public static List<Article> all() {
        Articles all = new Articles();
        all.each("notes", "science", "%2$s");
        all.each("moons", "moons", "%1$s is a moon of %2$s.");
        all.each("instruments", "music", "The %1$s is %2$s.");
        all.each("languages", "programming", "%1$s is a programming language that first appeared in %2$s.");
        all.each("animals", "animals", "The %1$s is %2$s that lives in this habitat: %4$s.");
        all.each("mountains", "mountains", "%1$s is a mountain of %2$s, in %3$s.");
        all.each("rivers", "rivers", "The %1$s, a river of %2$s, flows into %3$s.");
        all.each("elements", "chemistry", "%1$s has the chemical symbol %2$s and the atomic number %3$s.");
        all.each("capitals", "capitals", "%1$s is the capital of %2$s, a country of %3$s.");
        all.each("moons", "moons", "Around the planet %2$s goes the moon %1$s.");
        all.each("instruments", "music", "One plays the %1$s by %3$s.");
        all.each("languages", "programming", "The programming language %1$s was created by %3$s.");
        all.each("animals", "animals", "What the %1$s eats: %3$s.");
        all.each("mountains", "mountains", "Climbers who visit %2$s may see %1$s.");
        all.each("rivers", "rivers", "At its mouth the %1$s reaches %3$s.");
        all.each("elements", "chemistry", "%1$s is %4$s and belongs to period %5$s of the periodic table.");
        all.each("capitals", "capitals", "The government of %2$s has its seat in %1$s.");
        all.neighbours(FactTable.read("elements").rows());
        return List.copyOf(all.articles);
    }

    /** @param sentence a format for the columns of the table, of which the first is the title */
    @SuppressWarnings("AnnotateFormatMethod") // its annotation is no dependency of ours
    private void each(String table, String topic, String sentence) {
        for (List<String> facts : FactTable.read(table).rows()) {
            articles.add(new Article(facts.getFirst(), sentence.formatted(facts.toArray()), topic));
        }
    }

    private void neighbours(List<List<String>> elements) {
        for (int i = 1; i < elements.size() - 1; i++) {
            String body = "In the periodic table %s comes after %s and before %s."
                    .formatted(name(elements, i), name(elements, i - 1), name(elements, i + 1));
            articles.add(new Article(name(elements, i), body, "chemistry"));
        }
    }

    private static String name(List<List<String>> elements, int index) {
        return elements.get(index).getFirst();
    }
}
