package io.vectorferry.contracts;

import java.time.Clock;
import java.time.Instant;

/** Points in time as microseconds since 1970, which is what every message of a pipeline has. */
public final class Micros {
    private static final long PER_SECOND = 1_000_000;
    private static final long PER_MILLI = 1_000;

    private Micros() {}

    public static long now() {
        return of(Instant.now());
    }

    public static long now(Clock clock) {
        return of(clock.instant());
    }

    /** Returns the microsecond that the instant is in. */
    public static long of(Instant instant) {
        return instant.getEpochSecond() * PER_SECOND + instant.getNano() / PER_MILLI;
    }

    public static long ofMillis(long millisSince1970) {
        return millisSince1970 * PER_MILLI;
    }

    public static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * PER_MILLI);
    }
}
