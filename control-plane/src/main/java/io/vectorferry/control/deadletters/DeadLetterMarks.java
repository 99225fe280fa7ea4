package io.vectorferry.control.deadletters;

import io.vectorferry.contracts.control.LetterState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DeadLetterState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The marks of handled letters, from {@code control}: each is for one letter, or for a run of them that were handled
 * together.
 */
public final class DeadLetterMarks {
    /** The most offsets that one mark spans. */
    static final int MAX_RUN = 1_000;

    private final Map<Integer, TreeMap<Long, DeadLetterState>> byOffset = new HashMap<>();

    /** Adds a mark from {@link io.vectorferry.contracts.control.ControlView#follow}. */
    void take(String key, Control mark) {
        String[] place = key.substring(ControlKey.DEAD_LETTERS.length()).split("/", -1);
        TreeMap<Long, DeadLetterState> ofPartition =
                byOffset.computeIfAbsent(Integer.parseInt(place[0]), p -> new TreeMap<>());
        if (mark.hasDeadLetterState()) {
            ofPartition.put(Long.parseLong(place[1]), mark.getDeadLetterState());
        } else {
            ofPartition.remove(Long.parseLong(place[1]));
        }
    }

    /** Returns what was done about a letter; of several marks that span it, the one that begins last, which is of the letter alone if any is. */
    public Optional<LetterState> of(int partition, long offset) {
        TreeMap<Long, DeadLetterState> ofPartition = byOffset.getOrDefault(partition, new TreeMap<>());
        for (var mark = ofPartition.floorEntry(offset);
                mark != null && offset - mark.getKey() < MAX_RUN;
                mark = ofPartition.lowerEntry(mark.getKey())) {
            if (last(mark.getValue()) >= offset) {
                return Optional.of(LetterState.of(mark.getValue().getState()));
            }
        }
        return Optional.empty();
    }

    /** The marks of letters that have all left the log. */
    List<ControlKey> before(int partition, long beginning) {
        List<ControlKey> gone = new ArrayList<>();
        byOffset.getOrDefault(partition, new TreeMap<>()).headMap(beginning).forEach((offset, mark) -> {
            if (last(mark) < beginning) {
                gone.add(ControlKey.deadLetter(partition, offset));
            }
        });
        return gone;
    }

    static long last(DeadLetterState mark) {
        return Math.max(mark.getOffset(), mark.getLastOffset());
    }
}
