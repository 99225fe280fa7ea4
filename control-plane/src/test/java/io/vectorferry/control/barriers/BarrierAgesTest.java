package io.vectorferry.control.barriers;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.Barrier;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BarrierAgesTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final long NOW_MICROS = 1_800_000_000_000_000L;
    private static final long HOUR_MICROS = HOUR.toMillis() * 1_000;

    private final AtomicLong nanos = new AtomicLong(-5);
    private final BarrierAges ages = new BarrierAges(100, nanos::get);

    @Test
    void aBarrierThatIsSeenComingIsAsOldAsTheTimeSinceThenWhateverItsClockSays() {
        ages.announced(barrier(101, NOW_MICROS + HOUR_MICROS));
        ages.announced(barrier(103, NOW_MICROS - HOUR_MICROS));
        pass(Duration.ofSeconds(2));
        ages.announced(barrier(103, NOW_MICROS - HOUR_MICROS));

        assertThat(age(101, NOW_MICROS + HOUR_MICROS)).isEqualTo(Duration.ofSeconds(2));
        assertThat(age(103, NOW_MICROS - HOUR_MICROS)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void theTimeThatItWasOnItsWayCountsWhereTheClocksAgree() {
        ages.announced(barrier(101, NOW_MICROS));
        pass(Duration.ofSeconds(2));

        assertThat(age(101, NOW_MICROS - 2_080_000)).isEqualTo(Duration.ofMillis(2_080));
        assertThat(age(101, NOW_MICROS - 1_900_000)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void oneFromBeforeTheStartIsAtLeastAsOldAsTheProcessThoughItsClockWasFast() {
        assertThat(age(99, NOW_MICROS + HOUR_MICROS)).isZero();
        assertThat(age(99, NOW_MICROS - 7_000_000)).isEqualTo(Duration.ofSeconds(7));
        pass(Duration.ofMinutes(10));
        assertThat(age(99, NOW_MICROS + HOUR_MICROS)).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aTargetThatIsAwayForDaysLeavesAFewTimesInMemoryAndItsAgeStaysRight() {
        for (int second = 0; second < 40_000; second++) {
            ages.announced(barrier(101 + second, NOW_MICROS));
            pass(Duration.ofSeconds(1));
        }
        assertThat(age(101, NOW_MICROS)).isEqualTo(Duration.ofSeconds(40_000));
        assertThat(age(40_100, NOW_MICROS)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void oneThatWasRenewedIsAsOldAsTheRenewalAndSoIsALaterOneButNoEarlierOne() {
        ages.announced(barrier(101, NOW_MICROS));
        ages.announced(barrier(102, NOW_MICROS));
        ages.announced(barrier(103, NOW_MICROS));
        pass(Duration.ofSeconds(9));
        ages.renewed(new BarrierAges.Renewal(102, nanos.get()));
        pass(Duration.ofSeconds(1));

        assertThat(age(101, NOW_MICROS)).isEqualTo(Duration.ofSeconds(10));
        assertThat(age(102, NOW_MICROS)).isEqualTo(Duration.ofSeconds(1));
        assertThat(age(103, NOW_MICROS)).isEqualTo(Duration.ofSeconds(1));

        ages.announced(barrier(104, NOW_MICROS));
        assertThat(age(104, NOW_MICROS)).isZero();
    }

    private Duration age(long sequence, long issuedMicros) {
        var wire = io.vectorferry.contracts.wire.Barrier.newBuilder()
                .setSequence(sequence)
                .setIssuedMicros(issuedMicros)
                .build();
        return ages.of(wire, NOW_MICROS);
    }

    private static Barrier barrier(long sequence, long issuedMicros) {
        return new Barrier("b" + sequence, issuedMicros, "", sequence, 0);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
