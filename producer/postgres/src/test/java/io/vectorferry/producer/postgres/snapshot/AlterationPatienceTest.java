package io.vectorferry.producer.postgres.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A table that is swapped without rights is gone, then lacks a grant, then the publication: each of these has its own time. */
class AlterationPatienceTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AlterationPatience patience = new AlterationPatience(Duration.ofSeconds(20), nanos::get);

    private boolean isOver(String state) {
        return patience.isOver(FerryException.misconfigured(state, ""));
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void eachStateHasTwentySecondsOfItsOwn() {
        assertThat(isOver("there is no table docs")).isFalse();
        pass(15);
        assertThat(isOver("there is no table docs")).isFalse();
        assertThat(isOver("docs may not be read")).isFalse();
        pass(15);
        assertThat(isOver("docs may not be read")).isFalse();
        assertThat(isOver("docs is not published")).isFalse();
        pass(15);
        assertThat(isOver("docs is not published")).isFalse();
        pass(6);
        assertThat(isOver("docs is not published")).isTrue();
    }

    @Test
    void aStateThatComesBackAfterTheEndOfTheTroubleBeginsAnew() {
        assertThat(isOver("there is no table docs")).isFalse();
        pass(15);
        patience.reset();
        assertThat(isOver("there is no table docs")).isFalse();
        pass(15);
        assertThat(isOver("there is no table docs")).isFalse();
    }
}
