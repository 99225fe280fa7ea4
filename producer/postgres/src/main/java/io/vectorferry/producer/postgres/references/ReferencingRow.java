package io.vectorferry.producer.postgres.references;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A document and its references, all as text.
 *
 * @param references by their place; one alone where the column is no array; NULL elements stay
 * @param isPlain false for an array of several dimensions, or that does not begin at 1: it is left alone
 */
public record ReferencingRow(
        List<String> key,
        List<@Nullable String> references,
        @Nullable String dataset,
        boolean isPlain) {
    public ReferencingRow {
        key = List.copyOf(key);
        references = Collections.unmodifiableList(new ArrayList<>(references)); // which may hold NULL
    }

    @Nullable
    public String at(int position) {
        return position < references.size() ? references.get(position) : null;
    }

    public ReferencingRow with(Map<Integer, String> changed) {
        List<@Nullable String> now = new ArrayList<>(references);
        changed.forEach(now::set);
        return new ReferencingRow(key, now, dataset, isPlain);
    }
}
