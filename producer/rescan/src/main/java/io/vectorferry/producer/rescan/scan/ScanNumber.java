package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;

/** The number of the newest look, which is the place of all that it publishes: recorded in {@code control} before the look begins, so that no number is used twice. For one thread, unless said otherwise. */
public final class ScanNumber {
    private final ControlPublisher control;
    private long look;
    private long changes;
    private String error = "";
    /** Whether {@code control} has an error, also one of an earlier run. */
    private boolean hasError;

    private volatile boolean working;

    public ScanNumber(ControlPublisher control, CaptureProgress recorded) {
        this.control = control;
        this.look = recorded.getPlace();
        this.changes = recorded.getChanges();
        this.hasError = !recorded.getError().isEmpty();
    }

    long last() {
        return look;
    }

    /** Whether this pipeline has read from the server before. */
    public boolean hasLooked() {
        return look > 0;
    }

    /** Returns the position as the status prints it. */
    public String position() {
        return "look " + look;
    }

    /** Recorded when it returns. */
    public void begin(long next) {
        look = next;
        control.publish(ControlKey.capture(), message());
    }

    public void ended(long differing) {
        changes += differing;
        error = "";
        var unused = control.send(ControlKey.capture(), message());
    }

    /** A look ended well, whether or not there was anything to look at. */
    void worked() {
        working = true;
        if (hasError) {
            error = "";
            var unused = control.send(ControlKey.capture(), message());
        }
    }

    /** Safe for any thread. */
    public boolean isWorking() {
        return working;
    }

    public void failed(String what) {
        if (what.equals(error)) {
            return;
        }
        error = what;
        var unused = control.send(ControlKey.capture(), message());
    }

    private Control message() {
        hasError = !error.isEmpty();
        return Control.newBuilder()
                .setCaptureProgress(CaptureProgress.newBuilder()
                        .setPlace(look)
                        .setSourcePosition(position())
                        .setChanges(changes)
                        .setError(error)
                        .setUpdatedMicros(Micros.now()))
                .build();
    }
}
