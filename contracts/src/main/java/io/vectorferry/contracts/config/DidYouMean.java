package io.vectorferry.contracts.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Suggests the known word closest to a mistyped one, by Levenshtein distance. */
public final class DidYouMean {
    private static final int MAX_DISTANCE = 3;

    private DidYouMean() {}

    public static Optional<String> of(String word, Collection<String> known) {
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= Math.min(MAX_DISTANCE, candidate.length() / 2))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    /** {@code , did you mean X?}, or nothing. */
    public static String hint(String word, Collection<String> known) {
        return of(word, known).map(nearest -> ", did you mean " + nearest + "?").orElse("");
    }

    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
