package io.vectorferry.control.deadletters;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.control.LetterState;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The letters that are open, determined from the topic in its order. Of the letters of one key and stage (and so of
 * one target), only that of the newest state of the row is open: letters are written at least once, and one of an
 * older state can no longer be retried. A withdrawal closes the earlier letters of its key and error. For one thread.
 */
public final class OpenLetters {
    /** Whose letters are remembered: a record that is read again after a kill is not so far behind. */
    private static final int MAX_FAILURES = 200_000;

    private static final SourceKey UNKNOWN = new SourceKey("", List.of());

    private record Last(int partition, long offset, SourcePosition position) {}

    private final Map<Integer, OffsetSet> open = new TreeMap<>();
    private final Map<Integer, OffsetSet> withdrawn = new TreeMap<>();
    private final Map<Integer, OffsetSet> dealtWith = new TreeMap<>();
    private final Map<Hash128, Last> orphans = new HashMap<>();
    private final Map<Hash128, Last> failures = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Hash128, Last> eldest) {
            return size() > MAX_FAILURES;
        }
    };

    /** The key as it can be shown: a change without one, or with one that is none, has letters too. */
    static SourceKey keyOf(ConsumerRecord<SourceKey, DeadLetter> letter) {
        @Nullable SourceKey key = letter.key();
        return key == null ? UNKNOWN : key;
    }

    void take(ConsumerRecord<SourceKey, DeadLetter> letter) {
        Map<Hash128, Last> lasts = letter.value().error() == ErrorType.ORPHAN_REFERENCE ? orphans : failures;
        Hash128 subject = subject(keyOf(letter), letter.value());
        if (letter.value().withdrawn()) {
            withdraw(lasts.remove(subject));
            return;
        }
        Last now = new Last(letter.partition(), letter.offset(), letter.value().position());
        @Nullable Last before = lasts.get(subject);
        if (before == null || !before.position().isAfter(now.position())) {
            lasts.put(subject, now);
            if (!of(dealtWith, now.partition()).contains(now.offset())) {
                of(open, now.partition()).add(now.offset());
            }
            if (before != null) {
                of(open, before.partition()).remove(before.offset());
            }
        }
    }

    private void withdraw(@Nullable Last last) {
        if (last != null && of(open, last.partition()).contains(last.offset())) {
            of(open, last.partition()).remove(last.offset());
            of(withdrawn, last.partition()).add(last.offset());
        }
    }

    /** Returns the state of a letter that was added. */
    public LetterState of(int partition, long offset) {
        if (of(open, partition).contains(offset)) {
            return LetterState.OPEN;
        }
        return of(withdrawn, partition).contains(offset) ? LetterState.WITHDRAWN : LetterState.SUPERSEDED;
    }

    /** Somebody has retried or discarded them, read or not. */
    void dealtWith(int partition, long first, long last) {
        for (long offset = first; offset <= last; offset++) {
            of(dealtWith, partition).add(offset);
            of(open, partition).remove(offset);
        }
    }

    public long open() {
        return open.values().stream().mapToLong(OffsetSet::count).sum();
    }

    /** The letters before the offset have left the log. */
    void forgetBefore(int partition, long beginning) {
        of(open, partition).removeBefore(beginning);
        of(withdrawn, partition).removeBefore(beginning);
        of(dealtWith, partition).removeBefore(beginning);
        orphans.values().removeIf(last -> last.partition() == partition && last.offset() < beginning);
    }

    private static OffsetSet of(Map<Integer, OffsetSet> sets, int partition) {
        return sets.computeIfAbsent(partition, p -> new OffsetSet());
    }

    /** Returns the subject of a letter; if the key is not known, every failed record is a separate subject. */
    private static Hash128 subject(SourceKey key, DeadLetter letter) {
        byte[] of = key.equals(UNKNOWN)
                ? bytes(letter.origin().toString())
                : Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes");
        return Hash128.sha256(bytes(letter.stage() + '\0'), of);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
