package io.vectorferry.control.status;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.VerificationRun;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The verifications that commands have reported. */
final class VerificationRuns {
    /** One that has reported within this time runs; it reports every few seconds. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private static final String KEYS = "verification-run/";

    private VerificationRuns() {}

    static boolean isRunning(VerificationRun run, long nowMicros) {
        return run.getFinishedMicros() == 0
                && nowMicros - run.getUpdatedMicros() < TimeUnit.NANOSECONDS.toMicros(SILENCE.toNanos());
    }

    /** Returns the id of one that runs. */
    static Optional<String> running(ControlView view, long nowMicros) {
        return view.withPrefix(KEYS).values().stream()
                .map(Control::getVerificationRun)
                .filter(run -> isRunning(run, nowMicros))
                .map(VerificationRun::getId)
                .findFirst();
    }

    /** Returns the id of the one that ended last. */
    static Optional<String> ended(ControlView view) {
        return view.withPrefix(KEYS).values().stream()
                .map(Control::getVerificationRun)
                .filter(run -> run.getFinishedMicros() > 0)
                .max(Comparator.comparingLong(VerificationRun::getFinishedMicros))
                .map(VerificationRun::getId);
    }
}
