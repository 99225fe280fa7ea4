package io.vectorferry.app.soak;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What an administrator, a migration or a job does to the tables while sessions write. */
final class SchemaEvents {
    private static final int ATTEMPTS = 30;
    /** A lock that was not given, or a deadlock: it is tried again. */
    private static final Set<String> BUSY = Set.of("55P03", "40P01", "55006", "55000");
    /** What earlier events have left nothing to do for. */
    private static final Set<String> MOOT =
            Set.of("42701", "42703", "42P01", "42P07", "42P16", "42P17", "23514", "22001", "42804");

    private static final int ADDED_MAX = 5;
    private static final List<String> TYPES = List.of("integer", "text", "numeric(8,2)", "boolean", "bigint");

    private final SoakSource source;
    private final OperationLog log;
    private int names;
    private int widened;

    SchemaEvents(SoakSource source, OperationLog log) {
        this.source = source;
        this.log = log;
    }

    /** @return what was done; empty when there was nothing to do it to */
    String happen(Kind kind, Random random) throws SQLException {
        try (Connection connection = source.connectAgain()) {
            SoakSource.execute(connection, "SET lock_timeout = '700ms'");
            for (int attempt = 1; ; attempt++) {
                try {
                    String what = change(connection, kind, random);
                    source.refresh(connection);
                    return what;
                } catch (SQLException e) {
                    SoakSource.execute(connection, "ROLLBACK");
                    if (MOOT.contains(e.getSQLState())) {
                        return "";
                    }
                    if (!BUSY.contains(e.getSQLState()) || attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        }
    }

    private String change(Connection connection, Kind kind, Random random) throws SQLException {
        SoakTable table = SoakTable.draw(random);
        List<SoakSource.Column> added = source.added(table);
        String name = table.sqlName;
        String type = TYPES.get(random.nextInt(TYPES.size()));
        return switch (kind) {
            case ADD_COLUMN -> add(connection, table, type, "");
            case ADD_COLUMN_DEFAULT -> add(connection, table, type, " DEFAULT " + literal(type, random.nextInt(1_000)));
            case ADD_COLUMN_VOLATILE -> add(connection, table, "integer", " DEFAULT (random() * 1000)::int");
            case FILL_COLUMN -> {
                if (added.isEmpty()) {
                    yield "";
                }
                SoakSource.Column column = added.get(random.nextInt(added.size()));
                yield run(
                        connection,
                        table,
                        "UPDATE %s SET %s = %s"
                                .formatted(name, column.name(), literal(column.type(), random.nextInt(1_000))));
            }
            case RENAME_COLUMN -> {
                if (added.isEmpty()) {
                    yield "";
                }
                String column = added.get(random.nextInt(added.size())).name();
                yield run(connection, table, "ALTER TABLE %s RENAME %s TO %s".formatted(name, column, newName()));
            }
            case DROP_COLUMN -> {
                if (added.isEmpty()) {
                    yield "";
                }
                yield run(
                        connection,
                        table,
                        "ALTER TABLE %s DROP %s"
                                .formatted(
                                        name,
                                        added.get(random.nextInt(added.size())).name()));
            }
            case READD_COLUMN -> {
                if (added.isEmpty()) {
                    yield "";
                }
                SoakSource.Column column = added.get(random.nextInt(added.size()));
                String again = "ALTER TABLE %s ADD %s %s%s"
                        .formatted(
                                name,
                                column.name(),
                                column.type(),
                                random.nextBoolean() ? "" : " DEFAULT " + literal(column.type(), 7));
                String drop = "ALTER TABLE %s DROP %s".formatted(name, column.name());
                yield random.nextBoolean()
                        ? run(connection, table, "BEGIN", drop, again, "COMMIT")
                        : run(connection, table, drop, again);
            }
            case READD_VECTOR ->
                run(
                        connection,
                        table,
                        "BEGIN",
                        "ALTER TABLE %s DROP embedding".formatted(name),
                        "ALTER TABLE %s ADD embedding vector(%d)".formatted(name, table.dimension),
                        "COMMIT");
            case WIDEN_VARCHAR ->
                run(connection, table, "ALTER TABLE %s ALTER w TYPE varchar(%d)".formatted(name, 14 + widened++));
            case WIDEN_NUMERIC ->
                run(
                        connection,
                        table,
                        "ALTER TABLE %s ALTER q TYPE numeric(%d,2)".formatted(name, Math.min(30, 9 + widened++)));
            case WIDEN_INTEGER -> run(connection, table, "ALTER TABLE %s ALTER n TYPE bigint".formatted(name));
            case RETYPE ->
                run(connection, table, "ALTER TABLE %s ALTER v TYPE text USING left(v || '~', 40)".formatted(name));
            case TRUNCATE -> run(connection, table, "TRUNCATE " + name);
            case TRUNCATE_PARTITION ->
                run(connection, SoakTable.PART, "TRUNCATE " + attached(connection, random, "part_0"));
            case SWAP -> swap(connection, random);
            case RECREATE -> recreate(connection, random);
            case VACUUM -> run(connection, table, "VACUUM " + name);
            case VACUUM_FULL -> run(connection, table, "VACUUM FULL " + name);
            case CLUSTER ->
                table == SoakTable.PART
                        ? ""
                        : run(connection, table, "CLUSTER %s USING %s".formatted(name, keyIndex(connection, name)));
            case REINDEX -> run(connection, table, "REINDEX TABLE " + name);
            case ANALYZE -> run(connection, table, "ANALYZE " + name);
            case REPLICA_IDENTITY ->
                run(
                        connection,
                        table,
                        "ALTER TABLE %s REPLICA IDENTITY %s"
                                .formatted(name, random.nextBoolean() ? "FULL" : "DEFAULT"));
            case DETACH_PARTITION, ATTACH_PARTITION, MAKE_PARTITION, DROP_PARTITION ->
                partition(connection, kind, random);
            default -> throw new IllegalStateException(kind + " changes no schema");
        };
    }

    private String add(Connection connection, SoakTable table, String type, String more) throws SQLException {
        return source.added(table).size() >= ADDED_MAX
                ? ""
                : run(connection, table, "ALTER TABLE %s ADD %s %s%s".formatted(table.sqlName, newName(), type, more));
    }

    private String newName() {
        return "x" + names++;
    }

    private static String keyIndex(Connection connection, String table) throws SQLException {
        return SoakSource.texts(
                        connection,
                        "SELECT indexrelid::regclass::text FROM pg_index WHERE indisprimary AND indrelid = '%s'::regclass"
                                .formatted(table))
                .getFirst();
    }

    /** Made anew beside, and then in its place. */
    private String swap(Connection connection, Random random) throws SQLException {
        SoakTable table = random.nextBoolean() ? SoakTable.ORD : SoakTable.BIG;
        String name = table.sqlName;
        List<String> script = new ArrayList<>(List.of(
                "DROP TABLE IF EXISTS %s_old, %s_new".formatted(name, name),
                "CREATE TABLE %s_new (LIKE %s INCLUDING ALL)".formatted(name, name),
                "BEGIN",
                "LOCK TABLE %s".formatted(name),
                "INSERT INTO %s_new SELECT * FROM %s".formatted(name, name),
                "UPDATE %s_new SET v = left(v || '!', 40)".formatted(name),
                "ALTER TABLE %s RENAME TO %s_old".formatted(name, name),
                "ALTER TABLE %s_new RENAME TO %s".formatted(name, name)));
        if (random.nextBoolean()) {
            script.add("DROP TABLE %s_old".formatted(name));
        }
        script.add("COMMIT");
        return run(connection, table, script.toArray(String[]::new));
    }

    private String recreate(Connection connection, Random random) throws SQLException {
        SoakTable table = List.of(SoakTable.ORD, SoakTable.BIG, SoakTable.PAIR).get(random.nextInt(3));
        String drop = "DROP TABLE " + table.sqlName;
        String create = table.create(table.sqlName);
        String fill = "INSERT INTO %s (%s, v, n, embedding) VALUES (%s, 'recreated', 1, %s)"
                .formatted(table.sqlName, table.keyColumns(), table.keyValues(0), table.vector(random));
        if (table == SoakTable.PAIR) {
            SoakSource.execute(connection, "INSERT INTO parents VALUES (0) ON CONFLICT DO NOTHING");
        }
        if (random.nextBoolean()) {
            return run(connection, table, "BEGIN", drop, create, fill, "COMMIT");
        }
        run(connection, table, drop);
        LockSupport.parkNanos(random.nextInt(2_500) * 1_000_000L);
        return run(connection, table, create, fill);
    }

    private String partition(Connection connection, Kind kind, Random random) throws SQLException {
        int number = random.nextInt(SoakTable.partitions());
        String partition = SoakTable.partition(number);
        boolean there = SoakSource.texts(connection, "SELECT to_regclass('%s')".formatted(partition))
                        .getFirst()
                != null;
        boolean attached = !attached(connection, random, "").isEmpty()
                && SoakSource.texts(connection, "SELECT inhrelid::regclass::text FROM pg_inherits")
                        .contains(partition);
        SoakTable part = SoakTable.PART;
        String attach = "ALTER TABLE part ATTACH PARTITION %s %s".formatted(partition, SoakTable.bounds(number));
        String detach = "ALTER TABLE part DETACH PARTITION %s".formatted(partition);
        String make = "CREATE TABLE %s PARTITION OF part %s".formatted(partition, SoakTable.bounds(number));
        return switch (kind) {
            case DETACH_PARTITION -> attached ? run(connection, part, detach) : "";
            case DROP_PARTITION -> there ? run(connection, part, "DROP TABLE " + partition) : "";
            case MAKE_PARTITION ->
                there
                        ? ""
                        : run(
                                connection,
                                part,
                                make,
                                "INSERT INTO part (id, v, n) SELECT i, 'made', i FROM generate_series(%1$d, %1$d + 20) i ON CONFLICT DO NOTHING"
                                        .formatted(number * SoakTable.PARTITION_KEYS));
            case ATTACH_PARTITION -> {
                if (attached) {
                    yield "";
                }
                String fill =
                        "INSERT INTO %s (id, v, n) SELECT i, 'before it was attached', i FROM generate_series(%2$d, %2$d + 30) i ON CONFLICT (id) DO UPDATE SET v = excluded.v"
                                .formatted(partition, number * SoakTable.PARTITION_KEYS);
                yield there
                        ? run(connection, part, fill, attach)
                        : run(
                                connection,
                                part,
                                "CREATE TABLE %s (LIKE part INCLUDING ALL)".formatted(partition),
                                fill,
                                attach);
            }
            default -> throw new IllegalStateException(kind + " is not of a partition");
        };
    }

    private static String attached(Connection connection, Random random, String otherwise) throws SQLException {
        List<String> partitions = SoakSource.texts(
                connection,
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'part'::regclass ORDER BY 1");
        return partitions.isEmpty() ? otherwise : partitions.get(random.nextInt(partitions.size()));
    }

    private String run(Connection connection, SoakTable table, String... statements) throws SQLException {
        String script = String.join("; ", statements);
        OperationLog.Transaction transaction = new OperationLog.Transaction("schema");
        log.add(transaction, script, table.sqlName);
        try {
            SoakSource.execute(connection, statements);
            transaction.end("done");
        } catch (SQLException e) {
            transaction.end("failed " + e.getSQLState());
            throw e;
        }
        return script;
    }

    static String literal(String type, int value) {
        return switch (type) {
            case "text" -> "'t%d'".formatted(value);
            case "boolean" -> Boolean.toString(value % 2 == 0);
            case "numeric(8,2)" -> "%d.5".formatted(value);
            default -> Integer.toString(value);
        };
    }
}
