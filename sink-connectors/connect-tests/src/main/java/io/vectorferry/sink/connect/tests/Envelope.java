package io.vectorferry.sink.connect.tests;

import org.jspecify.annotations.Nullable;

/** Change events of a table {@code articles(id, title, embedding)} as Debezium's PostgreSQL connector and JsonConverter print them, without their schemas. */
public final class Envelope {
    private static final String SOURCE = """
            {"version":"3.6.3.Final","connector":"postgresql","name":"app","ts_ms":1763700000000,"snapshot":"false",\
            "db":"app","schema":"public","table":"articles","txId":742,"lsn":%d,"xmin":null}""";

    private Envelope() {}

    public static String key(long id) {
        return "{\"id\":%d}".formatted(id);
    }

    /** @param vector as in the event: {@code [1.0,2.0]}, a quoted text, or null */
    public static String row(long id, String title, String vector) {
        return "{\"id\":%d,\"title\":\"%s\",\"embedding\":%s}".formatted(id, title, vector);
    }

    public static String snapshot(long lsn, String row) {
        return change("r", lsn, null, row);
    }

    public static String insert(long lsn, String row) {
        return change("c", lsn, null, row);
    }

    public static String update(long lsn, String row) {
        return change("u", lsn, null, row);
    }

    public static String delete(long lsn, long id) {
        return change("d", lsn, row(id, "", "null"), null);
    }

    public static String truncate(long lsn) {
        return "{\"source\":%s,\"op\":\"t\",\"ts_ms\":1763700000100}".formatted(SOURCE.formatted(lsn));
    }

    public static String change(String op, long lsn, @Nullable String before, @Nullable String after) {
        return "{\"before\":%s,\"after\":%s,\"source\":%s,\"op\":\"%s\",\"ts_ms\":1763700000100,\"transaction\":null}"
                .formatted(before, after, SOURCE.formatted(lsn), op);
    }
}
