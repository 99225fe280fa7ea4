package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.postgres.mark.OutstandingMarks;
import io.vectorferry.producer.postgres.slot.ServerIdentity;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/**
 * The progress of capture, kept in {@code control}: it shows if the slot was recreated by others. Safe for any thread.
 */
final class CaptureState {
    /** The kind of positions; those recorded without it consist of the rows' own LSNs. */
    private static final String ORDER = "commit";

    private final ControlPublisher control;
    private final String slot;
    private long place;
    private long lagBytes;
    private long changes;
    private long refilled;
    private String error = "";
    private String trouble = "";
    private String waitsFor = "";
    private String system;
    private int timeline;
    private String barrier;
    private long barrierPlace;
    private boolean ownsSlot;
    private final OutstandingMarks marks;

    /** The state of an earlier process, until this one has its own position. */
    private Optional<CaptureProgress> recorded;

    CaptureState(ControlPublisher control, String slot, CaptureProgress recorded) {
        this.control = control;
        this.slot = slot;
        this.recorded = Optional.of(recorded);
        this.place = recorded.getPlace();
        this.changes = recorded.getChanges();
        this.refilled = recorded.getToastRefilled();
        this.system = recorded.getSystem();
        this.timeline = recorded.getTimeline();
        this.barrier = recorded.getBarrier();
        this.barrierPlace = recorded.getBarrierPlace();
        this.ownsSlot = recorded.getOwnsSlot();
        this.marks = new OutstandingMarks(recorded.getReadMarksList());
    }

    /** Whether positions that were written up to here can be compared with new ones. */
    static boolean isComparable(CaptureProgress recorded) {
        return recorded.getOrder().equals(ORDER);
    }

    synchronized long place() {
        return place;
    }

    /** Everything up to here is captured, or older than the slot; 0: there is no slot. */
    synchronized void begin(long from) {
        recorded = Optional.empty();
        place = from;
        waitsFor = "";
        barrier = "";
        barrierPlace = 0;
        marks.clear();
        control.publish(ControlKey.capture(), message());
    }

    /** The slot is made next. Recorded when it returns, so that the start after a kill knows it as its own. */
    synchronized void makesSlot(boolean makes) {
        ownsSlot = makes;
        control.publish(ControlKey.capture(), started());
    }

    synchronized boolean ownsSlot() {
        return ownsSlot;
    }

    /** The server whose log is captured from now on. */
    synchronized void serves(ServerIdentity server) {
        system = server.system();
        timeline = server.timeline();
    }

    /** Recorded with the next place. */
    synchronized void barrier(String id, long at) {
        barrier = id;
        barrierPlace = at;
    }

    /** Recorded with each place, so that one that capture has passed is never waited for. */
    OutstandingMarks marks() {
        return marks;
    }

    synchronized void recordMarks() {
        recorded = Optional.empty(); // a start that fails from now on must not take them out again
        control.publish(ControlKey.capture(), message());
    }

    synchronized void captured(long newPlace, long moreChanges, int moreRefilled) {
        marks.passed();
        recorded = Optional.empty();
        place = Math.max(place, newPlace);
        changes += moreChanges;
        refilled += moreRefilled;
        error = "";
        control.publishAcknowledged(ControlKey.capture(), message());
    }

    /** Records the end of the log for the status; the next message replaces it. */
    synchronized void observed(long walEnd) {
        long lag = Math.max(0, walEnd - place);
        if (lag != lagBytes) {
            lagBytes = lag;
            var unused = control.send(ControlKey.capture(), message());
        }
    }

    /** Sets what prevents tables from being captured while the others continue; empty: nothing does. */
    synchronized void troubled(String what) {
        trouble = what;
        var unused = control.send(ControlKey.capture(), message());
    }

    /** No slot stands yet. */
    synchronized void waiting(String what) {
        waitsFor = what;
        var unused = control.send(ControlKey.capture(), started());
    }

    /** A start that fails leaves the record as it is, but for the reason. */
    synchronized void failed(String what) {
        error = what;
        var unused = control.send(ControlKey.capture(), started());
    }

    /** Keeps the recorded values as long as this process has no position of its own, except for the current errors. */
    private Control started() {
        return recorded.map(before -> Control.newBuilder()
                        .setCaptureProgress(before.toBuilder()
                                .setSlot(slot)
                                .setOwnsSlot(ownsSlot)
                                .setError(error)
                                .setWaitsFor(waitsFor)
                                .setUpdatedMicros(Micros.now()))
                        .build())
                .orElseGet(this::message);
    }

    private Control message() {
        return Control.newBuilder()
                .setCaptureProgress(CaptureProgress.newBuilder()
                        .setSlot(slot)
                        .setOwnsSlot(ownsSlot)
                        .setPlace(place)
                        .setSourcePosition(LogSequenceNumber.valueOf(place).asString())
                        .setLagBytes(lagBytes)
                        .setChanges(changes)
                        .setToastRefilled(refilled)
                        .setError(error.isEmpty() ? trouble : error)
                        .setOrder(ORDER)
                        .setWaitsFor(waitsFor)
                        .setSystem(system)
                        .setTimeline(timeline)
                        .setBarrier(barrier)
                        .setBarrierPlace(barrierPlace)
                        .addAllReadMarks(marks.toRecord())
                        .setUpdatedMicros(Micros.now()))
                .build();
    }
}
