package io.vectorferry.app.soak;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A kind of event of a soak. Turning one off leaves the rest of a seed's plan as it was. */
enum Kind {
    INSERT(Family.STATEMENT, 8),
    UPSERT(Family.STATEMENT, 14),
    DELETE(Family.STATEMENT, 12),
    KEY_CHANGE(Family.STATEMENT, 8),
    /** Leaves the vector alone, which stays out of the log where it is TOASTed. */
    UPDATE(Family.STATEMENT, 16),
    VECTOR(Family.STATEMENT, 10),
    NULL_VECTOR(Family.STATEMENT, 3),
    /** Gives columns that were added later a value. */
    FILL(Family.STATEMENT, 8),
    FOR_UPDATE(Family.STATEMENT, 5),
    /** Deletes a row that others refer to, or changes its key. */
    CASCADE(Family.STATEMENT, 5),
    BULK(Family.STATEMENT, 1),
    COPY(Family.STATEMENT, 2),

    SAVEPOINT(Family.TRANSACTION, 1),
    ROLLBACK(Family.TRANSACTION, 1),
    PREPARED(Family.TRANSACTION, 1),
    /** Makes an index entry that is older than the key's take its time. */
    SLOW_INDEX(Family.TRANSACTION, 1),

    ADD_COLUMN(Family.SCHEMA, 4),
    ADD_COLUMN_DEFAULT(Family.SCHEMA, 4),
    ADD_COLUMN_VOLATILE(Family.SCHEMA, 2),
    FILL_COLUMN(Family.SCHEMA, 3),
    RENAME_COLUMN(Family.SCHEMA, 3),
    DROP_COLUMN(Family.SCHEMA, 3),
    READD_COLUMN(Family.SCHEMA, 3),
    READD_VECTOR(Family.SCHEMA, 2),
    WIDEN_VARCHAR(Family.SCHEMA, 1),
    WIDEN_NUMERIC(Family.SCHEMA, 1),
    WIDEN_INTEGER(Family.SCHEMA, 1),
    /** Changes every value by {@code ALTER COLUMN … TYPE … USING}. */
    RETYPE(Family.SCHEMA, 3),
    TRUNCATE(Family.SCHEMA, 2),
    TRUNCATE_PARTITION(Family.SCHEMA, 2),
    SWAP(Family.SCHEMA, 3),
    RECREATE(Family.SCHEMA, 2),
    VACUUM(Family.SCHEMA, 1),
    VACUUM_FULL(Family.SCHEMA, 2),
    CLUSTER(Family.SCHEMA, 2),
    REINDEX(Family.SCHEMA, 1),
    ANALYZE(Family.SCHEMA, 1),
    REPLICA_IDENTITY(Family.SCHEMA, 2),
    DETACH_PARTITION(Family.SCHEMA, 3),
    ATTACH_PARTITION(Family.SCHEMA, 3),
    MAKE_PARTITION(Family.SCHEMA, 3),
    DROP_PARTITION(Family.SCHEMA, 3),

    FERRY_KILL(Family.CRASH, 6),
    FERRY_STOP(Family.CRASH, 2),
    POSTGRES_KILL(Family.CRASH, 4),
    POSTGRES_RESTART(Family.CRASH, 2),
    /** Puts the server back to a copy of its files. */
    POSTGRES_RESTORE(Family.CRASH, 1),
    /** Lets commits wait for a standby that is not there: they are in the log, and nobody sees them yet. */
    SLOW_STANDBY(Family.STANDBY, 1);

    enum Family {
        STATEMENT,
        TRANSACTION,
        SCHEMA,
        CRASH,
        STANDBY
    }

    final Family family;
    private final int weight;

    Kind(Family family, int weight) {
        this.family = family;
        this.weight = weight;
    }

    static List<Kind> of(Family family) {
        return Stream.of(values()).filter(kind -> kind.family == family).toList();
    }

    /** One of the family, the heavier the likelier. */
    static Kind draw(Random random, Family family) {
        List<Kind> kinds = of(family);
        int at = random.nextInt(kinds.stream().mapToInt(kind -> kind.weight).sum());
        for (Kind kind : kinds) {
            at -= kind.weight;
            if (at < 0) {
                return kind;
            }
        }
        throw new IllegalStateException("no kind of " + family);
    }
}
