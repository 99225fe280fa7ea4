package io.vectorferry.producer.postgres.mark;

import io.vectorferry.contracts.wire.ReadMark;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/** The marks of {@link ReadMarks} that capture has not passed yet, as far as that is recorded. Safe for any thread. */
public final class OutstandingMarks {
    private final List<Entry> entries = new ArrayList<>();

    private static final class Entry {
        private final String id;
        private String session = "";
        private long place;
        private long before;
        private boolean came;

        Entry(String id) {
            this.id = id;
        }

        boolean isWritten() {
            return before != 0;
        }
    }

    /** @param recorded those of earlier processes */
    public OutstandingMarks(List<ReadMark> recorded) {
        for (ReadMark mark : recorded) {
            Entry entry = new Entry(mark.getId());
            entry.session = mark.getId(); // ended
            entry.place = mark.getPlace();
            entry.before = mark.getBefore();
            entries.add(entry);
        }
    }

    synchronized void announced(String id) {
        entries.add(new Entry(id));
    }

    synchronized void withdrawn(String id) {
        entries.removeIf(entry -> entry.id.equals(id));
    }

    /**
     * Takes the place of the session's mark before.
     *
     * @param before a place behind its commit
     */
    synchronized void written(String session, String id, long place, long before) {
        entries.removeIf(entry -> entry.session.equals(session));
        entries.stream().filter(entry -> entry.id.equals(id)).forEach(entry -> {
            entry.session = session;
            entry.place = place;
            entry.before = before;
        });
    }

    /** Capture has come to the mark, which is not recorded yet. */
    public synchronized void came(String id) {
        entries.stream().filter(entry -> entry.id.equals(id)).forEach(entry -> entry.came = true);
    }

    /** Drops those that have come: the place that is recorded now is behind them. */
    public synchronized void passed() {
        entries.removeIf(entry -> entry.came);
    }

    /** A new slot begins, and every row is read again. */
    public synchronized void clear() {
        entries.clear();
    }

    /** Returns the position of a mark that was not there, although everything that was committed up to the place has been captured. */
    public synchronized Optional<String> missing(long committed) {
        return entries.stream()
                .filter(entry -> entry.isWritten() && !entry.came && Long.compareUnsigned(committed, entry.before) > 0)
                .map(entry -> LogSequenceNumber.valueOf(entry.place).asString())
                .findFirst();
    }

    public synchronized List<ReadMark> toRecord() {
        return entries.stream()
                .filter(Entry::isWritten)
                .map(entry -> ReadMark.newBuilder()
                        .setId(entry.id)
                        .setPlace(entry.place)
                        .setBefore(entry.before)
                        .build())
                .toList();
    }
}
