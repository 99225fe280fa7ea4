package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.TargetKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The first few differences of each kind, with what differs. For one thread. */
final class Examples {
    static final int OF_EACH_KIND = 20;

    private final RowHasher hasher = new RowHasher();
    private final Map<Standing.Kind, List<Outcome>> kept = new EnumMap<>(Standing.Kind.class);

    void add(List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            if (outcome.standing() instanceof Standing.Different(Standing.Kind kind)) {
                List<Outcome> some = kept.computeIfAbsent(kind, k -> new ArrayList<>());
                if (some.size() < OF_EACH_KIND) {
                    some.add(outcome);
                }
            }
        }
    }

    List<VerificationReport.Example> all() {
        Map<RowHash, String> idByExpected = new HashMap<>();
        kept.values().stream().flatMap(List::stream).forEach(outcome -> outcome.expected()
                .ifPresent(row ->
                        idByExpected.put(hasher.of(row), text(outcome.suspect().id()))));
        List<VerificationReport.Example> examples = new ArrayList<>();
        kept.forEach(
                (kind, outcomes) -> outcomes.forEach(outcome -> examples.add(example(kind, outcome, idByExpected))));
        return examples;
    }

    private VerificationReport.Example example(Standing.Kind kind, Outcome outcome, Map<RowHash, String> idByExpected) {
        String collection = outcome.source().stream()
                .map(entry -> entry.key().collection())
                .findFirst()
                .orElse("");
        String id = text(outcome.suspect().id());
        List<FieldDifference> fields = List.of();
        String note = outcome.target().size() > 1
                ? "stands %d times in the target".formatted(outcome.target().size())
                : "";
        if (kind == Standing.Kind.STALE) {
            note = "the source's row is a dead letter, and an older state of it stands here";
        } else if (kind == Standing.Kind.MISMATCHED) {
            Row found = outcome.target().getFirst();
            fields = outcome.expected()
                    .map(row -> FieldDifference.between(row, found))
                    .orElse(List.of());
            String other = idByExpected.get(hasher.of(found));
            note = other == null ? note : "holds the row of id " + other;
        }
        return new VerificationReport.Example(id, kind.label(), collection, fields, note);
    }

    static String text(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) -> Long.toString(number);
            case TargetKey.TextId(String text) -> text;
        };
    }
}
