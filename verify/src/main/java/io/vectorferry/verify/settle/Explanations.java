package io.vectorferry.verify.settle;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.control.deadletters.DeadLetterPages;
import io.vectorferry.control.deadletters.DeadLetters;
import io.vectorferry.rules.Expected;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rows that are known not to be in the target: the dead letters. */
public interface Explanations {
    Explanations NONE = rows -> Map.of();

    /**
     * Returns those of the rows whose exact content is in an open dead letter, with its error.
     *
     * @param rows as the target should hold them
     */
    Map<SourceKey, ErrorType> of(Map<SourceKey, Row> rows);

    /** Marks differences that dead letters explain: such rows are known not to be in the target. */
    default List<Suspect.Settled> explain(List<Suspect.Settled> outcomes) {
        Map<SourceKey, Row> absent = new HashMap<>();
        for (Suspect.Settled outcome : outcomes) {
            if (outcome.verdict() instanceof Verdict.Different(Verdict.Kind kind) && kind != Verdict.Kind.EXTRA) {
                for (ExpectedRow entry : outcome.source()) {
                    if (entry.expected() instanceof Expected.Present(var row)) {
                        absent.put(entry.key(), row);
                    }
                }
            }
        }
        Map<SourceKey, ErrorType> known = absent.isEmpty() ? Map.of() : of(absent);
        return known.isEmpty()
                ? outcomes
                : outcomes.stream().map(outcome -> outcome.explained(known)).toList();
    }

    /** The open dead letters of a target. One whose row has changed since explains nothing any more. For one thread. */
    final class DeadLetterExplanations implements Explanations {
        /** Larger records earlier versions did not keep in a sink's letter. */
        private static final int MAX_KEPT_BY_SINKS_BYTES = Topics.MAX_RECORD_BYTES / 2;

        private final DeadLetters letters;
        private final ControlView view;
        private final String sink;
        private final TargetRules rules;
        private final RowHasher hasher = new RowHasher();

        private DeadLetterExplanations(DeadLetters letters, ControlView view, String target, TargetRules rules) {
            this.letters = letters;
            this.view = view;
            this.sink = "sink/" + target;
            this.rules = rules;
        }

        public static Explanations of(
                KafkaConnection kafka, Topics topics, ControlView view, String target, TargetRules rules) {
            DeadLetters letters = new DeadLetters(kafka, topics, Clock.systemUTC());
            return new DeadLetterExplanations(letters, view, target, rules);
        }

        @Override
        public Map<SourceKey, ErrorType> of(Map<SourceKey, Row> expected) {
            view.refresh();
            Map<SourceKey, ErrorType> known = new HashMap<>();
            try (DeadLetterPages pages =
                    letters.pages(view, entry -> entry.isOpen() && expected.containsKey(entry.key()))) {
                for (List<DeadLetters.Entry> page = pages.next(); !page.isEmpty(); page = pages.next()) {
                    for (DeadLetters.Entry entry : page) {
                        @Nullable Row row = expected.get(entry.key());
                        if (row != null && concerns(entry.letter()) && isOf(entry.letter(), row)) {
                            known.put(entry.key(), entry.letter().error());
                        }
                    }
                }
            }
            return known;
        }

        private boolean concerns(DeadLetter letter) {
            return !letter.ofSink() || letter.stage().equals(sink);
        }

        /**
         * A letter that holds no row is of this one if that would still be too large for a sink's letter. What a source or the stream
         * processor could not take in is not expected in the target at all, so such a letter is of an earlier state.
         */
        private boolean isOf(DeadLetter letter, Row expected) {
            if (letter.original().isEmpty()) {
                return letter.ofSink()
                        && Objects.requireNonNull(Codecs.ROW.encode(expected), "a row has bytes").length
                                > MAX_KEPT_BY_SINKS_BYTES;
            }
            RowHash hash = hasher.of(expected);
            return row(letter).map(hasher::of).filter(hash::equals).isPresent();
        }

        private Optional<Row> row(DeadLetter letter) {
            byte[] original = letter.original().toByteArray();
            try {
                if (letter.ofSink()) {
                    return Codecs.RECORD.decode(original) instanceof TargetRecord.Upsert upsert
                            ? Optional.of(rules.held(upsert.row()))
                            : Optional.empty();
                }
                return Codecs.CHANGE.decode(original) instanceof Change.Upsert upsert
                                && rules.of(upsert.row()) instanceof Expected.Present(Row kept)
                        ? Optional.of(kept)
                        : Optional.empty();
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // bytes that are no change name no row
            }
        }
    }
}
