package io.vectorferry.verify.diff;

import java.util.concurrent.atomic.AtomicLong;

/** How far a verification is. Safe for any thread. */
public final class VerificationProgress {
    private final AtomicLong sourceRows = new AtomicLong();
    private final AtomicLong targetRows = new AtomicLong();
    private final AtomicLong knownRows = new AtomicLong();
    private final AtomicLong expectedRows = new AtomicLong();
    private final AtomicLong suspects = new AtomicLong();
    private final AtomicLong settled = new AtomicLong();

    public AtomicLong source() {
        return sourceRows;
    }

    public AtomicLong target() {
        return targetRows;
    }

    /** Adds the rows that an earlier run has read. */
    void knownBefore(AtomicLong side, long rows) {
        side.addAndGet(rows);
        knownRows.addAndGet(rows);
    }

    void expect(long rows) {
        expectedRows.addAndGet(rows);
    }

    public void suspects(long found) {
        suspects.addAndGet(found);
    }

    public void settled(long done) {
        settled.addAndGet(done);
    }

    public long sourceRows() {
        return sourceRows.get();
    }

    public long targetRows() {
        return targetRows.get();
    }

    /** Returns the rows of both sides that an earlier run has read. */
    public long knownRows() {
        return knownRows.get();
    }

    /** Returns the approximate number of rows of one side. */
    public long expectedRows() {
        return expectedRows.get();
    }

    public long suspects() {
        return suspects.get();
    }

    public long settled() {
        return settled.get();
    }
}
