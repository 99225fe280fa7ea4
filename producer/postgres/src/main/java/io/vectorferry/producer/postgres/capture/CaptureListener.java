package io.vectorferry.producer.postgres.capture;

import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.table.TableShape;
import java.util.Set;

/** Callbacks from capture to the stage, on the capture thread. */
public interface CaptureListener {
    /** The generation that a change of the collection belongs to at this moment. */
    int generation(String collection);

    /**
     * Every transaction that was committed up to this place has been passed on, and one that was committed later comes
     * next. Called before its first change.
     */
    void committed(long place);

    /** Whether the pipeline names the collection. */
    boolean isNamed(String collection);

    /** The table as it was last read from the catalog. */
    TableShape shape(String collection);

    /**
     * The log shows other columns than before; returns the table as the catalog has it now.
     *
     * @param logged the names of the columns that the log has
     */
    TableShape columnsChanged(String collection, Set<String> logged);

    /**
     * Called for a change without the table's current key: from before the table was recreated, or got another key.
     * Returns if every row will be read again after it; fails otherwise.
     */
    void keyLacking(String collection);

    /**
     * The log holds a truncation of the whole table.
     *
     * @param transaction the 32-bit transaction id
     */
    void truncated(String collection, long transaction);

    /** The log has come to a barrier, which is at this place. */
    void barrier(String id, long place);

    /** The log has come to a mark: the changes after it are of the table as altered. */
    void reached(TableMark mark, long place);

    /** The log has come to a mark of {@link ReadMarks}. */
    void cameTo(String readMark);

    /** All up to this place is durable in Kafka. Returns when that is recorded; the slot moves there once the record is durable too. */
    void captured(long place, long changes, int refilled);
}
