package io.vectorferry.contracts;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;

/** Logs why something is tried again: at once when the reason is new, then at growing intervals. Safe for any thread. */
public final class RetryLog {
    private static final Duration FIRST_REPEAT = Duration.ofMinutes(1);
    private static final Duration MAX_REPEAT = Duration.ofHours(1);

    /** Seconds waited, process ids and the like make no other reason. */
    private static final Pattern NUMBERS = Pattern.compile("\\d+");

    private final Logger log;
    private final String what;
    private final LongSupplier nanoTime;
    private String lastReason = "";
    private long firstNanos;
    private long nextNanos;
    private Duration repeat = FIRST_REPEAT;
    private long attempts;

    /** @param what such as "producer failed and is restarted" */
    public RetryLog(Logger log, String what) {
        this(log, what, System::nanoTime);
    }

    RetryLog(Logger log, String what, LongSupplier nanoTime) {
        this.log = log;
        this.what = what;
        this.nanoTime = nanoTime;
    }

    /** The stack trace is logged, once, if nobody expected the throwable. */
    public synchronized void failed(Throwable thrown) {
        String told = reasons(thrown);
        String reason = NUMBERS.matcher(told).replaceAll("#");
        long now = nanoTime.getAsLong();
        if (!reason.equals(lastReason)) {
            lastReason = reason;
            attempts = 1;
            repeat = FIRST_REPEAT;
            firstNanos = now;
            nextNanos = now + repeat.toNanos();
            if (isUnexpected(thrown)) {
                log.error("{}: {}", what, told, thrown);
            } else {
                log.warn("{}: {}", what, told);
            }
            return;
        }
        attempts++;
        if (now - nextNanos >= 0) {
            Duration doubled = repeat.multipliedBy(2);
            repeat = doubled.compareTo(MAX_REPEAT) > 0 ? MAX_REPEAT : doubled;
            nextNanos = now + repeat.toNanos();
            log.warn("{}, {} times in {} s by now: {}", what, attempts, seconds(now), told);
        }
    }

    /** Logs that the failure is over, if there was one. */
    public synchronized void recovered() {
        if (!lastReason.isEmpty()) {
            log.info("{}: over after {} s", what, seconds(nanoTime.getAsLong()));
            lastReason = "";
        }
    }

    private long seconds(long now) {
        return Duration.ofNanos(now - firstNanos).toSeconds();
    }

    /** Whether only the stack trace says where to look. */
    public static boolean isUnexpected(Throwable thrown) {
        return thrown instanceof FerryException ours ? ours.isUnexpected() : !(thrown instanceof KafkaException);
    }

    /** Returns the messages of the throwable and its causes; of one that may quote a row the class alone. */
    public static String reasons(Throwable thrown) {
        StringBuilder reasons = new StringBuilder();
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            String text = text(at);
            if (reasons.indexOf(text) < 0) {
                reasons.append(reasons.isEmpty() ? "" : ": ").append(text);
            }
        }
        return reasons.toString();
    }

    private static String text(Throwable thrown) {
        String message = thrown.getMessage();
        return switch (thrown) {
            case FerryException ours
            when message != null -> ours.remedy().isEmpty() ? message : "%s. %s".formatted(message, ours.remedy());
            case SQLException sql -> SqlErrors.firstLine(sql);
            case IOException network when message != null -> message;
            case KafkaException ofKafka when message != null -> message;
            default -> thrown.getClass().getName();
        };
    }
}
