package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class MicrosTest {
    private static final Instant INSTANT = Instant.parse("2026-11-28T17:51:00.123456789Z");
    private static final long MICROS = 1_795_888_260_123_456L;

    @Test
    void anInstantAndItsMicrosecondsAreTheSamePointInTime() {
        assertThat(Micros.of(INSTANT)).isEqualTo(MICROS);
        assertThat(Micros.instant(MICROS)).isEqualTo(Instant.parse("2026-11-28T17:51:00.123456Z"));
        assertThat(Micros.of(Micros.instant(MICROS))).isEqualTo(MICROS);
        assertThat(Micros.ofMillis(INSTANT.toEpochMilli())).isEqualTo(1_795_888_260_123_000L);
    }

    @Test
    void aPointBefore1970IsNegative() {
        Instant before = Instant.parse("1969-12-31T23:59:59.999999Z");
        assertThat(Micros.of(before)).isEqualTo(-1);
        assertThat(Micros.instant(-1)).isEqualTo(before);
    }

    @Test
    void nowIsTheTimeOfTheClock() {
        assertThat(Micros.now(Clock.fixed(INSTANT, ZoneOffset.UTC))).isEqualTo(MICROS);
        Instant before = Instant.now();
        assertThat(Micros.instant(Micros.now())).isBetween(before.minusNanos(1_000), Instant.now());
    }
}
