package io.vectorferry.verify.report;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.verify.row.FieldDifference;
import io.vectorferry.verify.row.RowHash;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.SettledSuspect;
import io.vectorferry.verify.row.Verdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The first few differences of each kind, with what differs. For one thread. */
public final class Examples {
    public static final int OF_EACH_KIND = 20;

    private final RowHasher hasher = new RowHasher();
    private final Map<Verdict.Kind, List<SettledSuspect>> kept = new EnumMap<>(Verdict.Kind.class);

    public void add(List<SettledSuspect> outcomes) {
        for (SettledSuspect outcome : outcomes) {
            if (outcome.standing() instanceof Verdict.Different(Verdict.Kind kind)) {
                List<SettledSuspect> some = kept.computeIfAbsent(kind, k -> new ArrayList<>());
                if (some.size() < OF_EACH_KIND) {
                    some.add(outcome);
                }
            }
        }
    }

    public List<VerificationReport.Example> all() {
        Map<RowHash, String> idByExpected = new HashMap<>();
        kept.values().stream().flatMap(List::stream).forEach(outcome -> outcome.expected()
                .ifPresent(row ->
                        idByExpected.put(hasher.of(row), text(outcome.suspect().id()))));
        List<VerificationReport.Example> examples = new ArrayList<>();
        kept.forEach(
                (kind, outcomes) -> outcomes.forEach(outcome -> examples.add(example(kind, outcome, idByExpected))));
        return examples;
    }

    private VerificationReport.Example example(
            Verdict.Kind kind, SettledSuspect outcome, Map<RowHash, String> idByExpected) {
        String collection = outcome.source().stream()
                .map(entry -> entry.key().collection())
                .findFirst()
                .orElse("");
        String id = text(outcome.suspect().id());
        List<FieldDifference> fields = List.of();
        String note = outcome.target().size() > 1
                ? "stands %d times in the target".formatted(outcome.target().size())
                : "";
        if (kind == Verdict.Kind.STALE) {
            note = "the source's row is a dead letter, and an older state of it stands here";
        } else if (kind == Verdict.Kind.MISMATCHED) {
            Row found = outcome.target().getFirst();
            fields = outcome.expected()
                    .map(row -> FieldDifference.between(row, found))
                    .orElse(List.of());
            String other = idByExpected.get(hasher.of(found));
            note = other == null ? note : "holds the row of id " + other;
        }
        return new VerificationReport.Example(id, kind.label(), collection, fields, note);
    }

    public static String text(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) -> Long.toString(number);
            case TargetKey.TextId(String text) -> text;
        };
    }
}
