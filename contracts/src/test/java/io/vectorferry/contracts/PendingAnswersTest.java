package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PendingAnswersTest {
    private final AtomicLong now = new AtomicLong();
    private final PendingAnswers awaited = new PendingAnswers(now::get);

    private void passSeconds(long seconds) {
        now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void theOldestQuestionThatTakesLongerThanUsualIsNamedUntilItEnds() {
        awaited.asked(1, "find of MongoDB at db:27017");
        passSeconds(20);
        awaited.asked(2, "getMore of MongoDB at db:27017");
        assertThat(awaited.text()).isEmpty();
        passSeconds(15);
        assertThat(awaited.text()).isEqualTo("has waited for the response to find of MongoDB at db:27017 for 35 s");
        awaited.ended(1);
        assertThat(awaited.text()).isEmpty();
        passSeconds(16);
        assertThat(awaited.text()).contains("getMore").contains("31 s");
    }
}
