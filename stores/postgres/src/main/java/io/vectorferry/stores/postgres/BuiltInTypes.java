package io.vectorferry.stores.postgres;

import java.util.Map;

/** The fixed numbers of PostgreSQL's own types ({@code pg_type.dat}), which the binary form of an array holds. */
final class BuiltInTypes {
    private static final Map<String, Integer> OIDS = Map.ofEntries(
            Map.entry("bool", 16),
            Map.entry("bytea", 17),
            Map.entry("int8", 20),
            Map.entry("int2", 21),
            Map.entry("int4", 23),
            Map.entry("text", 25),
            Map.entry("json", 114),
            Map.entry("float4", 700),
            Map.entry("float8", 701),
            Map.entry("bpchar", 1042),
            Map.entry("varchar", 1043),
            Map.entry("date", 1082),
            Map.entry("time", 1083),
            Map.entry("timestamp", 1114),
            Map.entry("timestamptz", 1184),
            Map.entry("numeric", 1700),
            Map.entry("uuid", 2950),
            Map.entry("jsonb", 3802));

    private BuiltInTypes() {}

    static int oid(String typeName) {
        Integer oid = OIDS.get(typeName);
        if (oid == null) {
            throw new IllegalArgumentException("not a type of PostgreSQL itself: " + typeName);
        }
        return oid;
    }
}
