package io.vectorferry.app.soak;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What was done to each row of the source, and when: read when the target's row differs. For any thread. */
final class OperationLog {
    /** Stands for all rows of a table, or for all tables. */
    static final String ALL = "*";

    private static final Pattern VECTOR = Pattern.compile("\\[(-?[0-9.Ee-]+,-?[0-9.Ee-]+),[^\\]]*\\]");
    private static final int SHOWN = 60;

    private final Map<String, List<Entry>> entries = new ConcurrentHashMap<>();

    /** What a session did as one; its outcome is known later. */
    static final class Transaction {
        private final String name;
        private volatile String outcome = "open";
        private volatile Instant ended = Instant.MAX;

        Transaction(String name) {
            this.name = name;
        }

        void end(String how) {
            outcome = how;
            ended = Instant.now();
        }

        @Override
        public String toString() {
            return "%s %s%s".formatted(name, outcome, ended.equals(Instant.MAX) ? "" : " at " + ended);
        }
    }

    private record Entry(Instant at, Transaction transaction, String text) {
        @Override
        public String toString() {
            return "%s  %s  (%s)".formatted(at, text, transaction);
        }
    }

    void add(Transaction transaction, String text, String table, String... ids) {
        Entry entry = new Entry(Instant.now(), transaction, VECTOR.matcher(text).replaceAll("[$1,…]"));
        for (String id : ids.length == 0 ? new String[] {ALL} : ids) {
            entries.computeIfAbsent(table + " " + id, key -> new CopyOnWriteArrayList<>())
                    .add(entry);
        }
    }

    /** An event of all tables. */
    void add(String text) {
        Transaction event = new Transaction("event");
        event.end("done");
        add(event, text, ALL);
    }

    /** The last entries that a row may owe its content to. */
    List<String> of(String table, String id) {
        List<Entry> all = new ArrayList<>();
        Stream.of(table + " " + id, table + " " + ALL, ALL + " " + ALL)
                .forEach(key -> all.addAll(entries.getOrDefault(key, List.of())));
        all.sort(Comparator.comparing(Entry::at));
        return all.subList(Math.max(0, all.size() - SHOWN), all.size()).stream()
                .map(Entry::toString)
                .toList();
    }
}
