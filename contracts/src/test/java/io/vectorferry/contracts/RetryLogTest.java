package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A retry is logged with its reasons when they are new, and then ever more seldom; a stack trace is for what nobody expected. */
class RetryLogTest {
    private final List<String> lines = new ArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final RetryLog log = new RetryLog(new Lines(), "producer is started again", nanos::get);

    private static FerryException refused(int port) {
        return FerryException.retryable(
                "PostgreSQL cannot be reached: Connection to db:%d refused".formatted(port),
                new SQLException("Connection to db:%d refused".formatted(port), new ConnectException("no route")));
    }

    private void failTimes(int times, Duration pause) {
        for (int i = 0; i < times; i++) {
            nanos.addAndGet(pause.toNanos());
            log.failed(refused(5_000 + i));
        }
    }

    @Test
    void theSameReasonIsLoggedAtOnceAndThenAtGrowingIntervalsWithoutAStackTrace() {
        failTimes(1, Duration.ZERO);
        failTimes(120, Duration.ofSeconds(30));
        assertThat(lines)
                .first()
                .isEqualTo(
                        "WARN producer is started again: PostgreSQL cannot be reached: Connection to db:5000 refused: no route");
        assertThat(lines)
                .extracting(line -> line.replaceAll(".* (\\d+ times in \\d+ s).*", "$1"))
                .element(1)
                .isEqualTo("3 times in 60 s");
        assertThat(lines).as("an hour of retries").hasSize(6).noneMatch(line -> line.contains("\tat "));
    }

    @Test
    void anotherReasonAndTheEndAreLoggedAtOnce() {
        failTimes(3, Duration.ofSeconds(1));
        log.failed(FerryException.misconfigured("no table docs", "Make one."));
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        log.recovered();
        log.recovered();
        failTimes(1, Duration.ZERO);
        assertThat(lines).hasSize(4).element(1).isEqualTo("WARN producer is started again: no table docs. Make one.");
        assertThat(lines.get(2)).isEqualTo("INFO producer is started again: over after 5 s");
    }

    @Test
    void whatNobodyExpectedHasItsStackTraceOnceAndQuotesNothing() {
        for (int i = 0; i < 3; i++) {
            log.failed(FerryException.unexpected("capture", new IllegalStateException("quotes a row")));
        }
        assertThat(lines).hasSize(1);
        assertThat(lines.getFirst())
                .startsWith(
                        "ERROR producer is started again: capture failed with java.lang.IllegalStateException; ferry.log in the data directory shows where")
                .endsWith("with a stack trace")
                .doesNotContain("quotes a row");
    }

    /** Keeps what it is given. */
    private final class Lines extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String pattern,
                @Nullable Object @Nullable [] arguments,
                @Nullable Throwable throwable) {
            String line = level + " " + MessageFormatter.basicArrayFormat(pattern, arguments);
            lines.add(throwable == null ? line : line + ", with a stack trace");
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }
    }
}
