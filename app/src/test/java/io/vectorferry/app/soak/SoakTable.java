package io.vectorferry.app.soak;

import java.util.Locale;
import java.util.Random;

/** A table that the pipeline replicates, and how its rows are addressed: by a number of a hot key. */
enum SoakTable {
    /** Its index on a function is older than its key: the heap's order is not that of the commits. */
    ORD("ord", 300, 4),
    /** Its vectors are stored out of line. */
    BIG("big", 150, 700),
    PART("part", 600, 4),
    /** Refers to {@code parents}, which is not replicated, with cascades. */
    PAIR("pair", 240, 3);

    /** Keys of one partition. */
    static final int PARTITION_KEYS = 100;

    private static final int PAIRS_OF_A_PARENT = 8;
    static final int PARENTS = PAIR.keys / PAIRS_OF_A_PARENT;
    private static final String COLUMNS = "v text, n int, q numeric(8,2), w varchar(12)";

    final String sqlName;
    final int keys;
    final int dimension;

    SoakTable(String sqlName, int keys, int dimension) {
        this.sqlName = sqlName;
        this.keys = keys;
        this.dimension = dimension;
    }

    /** @param name other than its own while a table is made that will take its place */
    String create(String name) {
        return switch (this) {
            case ORD -> """
                CREATE TABLE %1$s (id int NOT NULL, %2$s, embedding vector(%3$d));
                CREATE INDEX ON %1$s (slow(id));
                ALTER TABLE %1$s ADD PRIMARY KEY (id)""".formatted(name, COLUMNS, dimension);
            case BIG ->
                "CREATE TABLE %s (id bigint PRIMARY KEY, %s, body text, embedding vector(%d))"
                        .formatted(name, COLUMNS, dimension);
            case PART ->
                "CREATE TABLE %s (id int PRIMARY KEY, %s, embedding vector(%d)) PARTITION BY RANGE (id)"
                        .formatted(name, COLUMNS, dimension);
            case PAIR ->
                "CREATE TABLE %s (a int REFERENCES parents ON DELETE CASCADE ON UPDATE CASCADE, b text, %s, embedding vector(%d), PRIMARY KEY (a, b))"
                        .formatted(name, COLUMNS, dimension);
        };
    }

    String keyColumns() {
        return this == PAIR ? "a, b" : "id";
    }

    /** In the order of {@link #keyColumns}, as SQL. */
    String keyValues(int key) {
        return this == PAIR ? "%d, '%s'".formatted(parent(key), letter(key)) : Integer.toString(key);
    }

    String where(int key) {
        return this == PAIR ? "a = %d AND b = '%s'".formatted(parent(key), letter(key)) : "id = %d".formatted(key);
    }

    String setKey(int key) {
        return this == PAIR ? "a = %d, b = '%s'".formatted(parent(key), letter(key)) : "id = %d".formatted(key);
    }

    /** As the target has it. */
    String id(int key) {
        return this == PAIR ? "[%d,\"%s\"]".formatted(parent(key), letter(key)) : Integer.toString(key);
    }

    int parent(int key) {
        return key / PAIRS_OF_A_PARENT;
    }

    private static char letter(int key) {
        return (char) ('a' + key % PAIRS_OF_A_PARENT);
    }

    String vector(Random random) {
        StringBuilder text = new StringBuilder("'[");
        for (int i = 0; i < dimension; i++) {
            text.append(i == 0 ? "" : ",")
                    .append(random.nextInt(2_000_000) - 1_000_000)
                    .append("e-6");
        }
        return text.append("]'").toString();
    }

    static SoakTable draw(Random random) {
        return values()[random.nextInt(values().length)];
    }

    static String partition(int number) {
        return "part_" + number;
    }

    static String bounds(int partition) {
        return String.format(
                Locale.ROOT,
                "FOR VALUES FROM (%d) TO (%d)",
                partition * PARTITION_KEYS,
                (partition + 1) * PARTITION_KEYS);
    }

    static int partitions() {
        return PART.keys / PARTITION_KEYS;
    }
}
