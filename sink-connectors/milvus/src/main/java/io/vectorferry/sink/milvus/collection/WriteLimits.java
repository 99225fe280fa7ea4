package io.vectorferry.sink.milvus.collection;

import io.vectorferry.contracts.config.Section;
import java.time.Duration;

/**
 * How much one request carries and how long it may take.
 *
 * @param requestBytes well below the 64 MB that a server accepts in one message
 * @param inFlight requests of one batch at once; a batch never has a key twice, so their order cannot matter
 * @param timeout of one request; what is not answered by then is sent again
 */
public record WriteLimits(int requestBytes, int requestRows, int inFlight, Duration timeout) {
    public static final int DEFAULT_REQUEST_BYTES = 8 << 20;
    static final int MAX_REQUEST_BYTES = 48 << 20;
    public static final int DEFAULT_REQUEST_ROWS = 2_000;
    static final int DEFAULT_IN_FLIGHT = 2;
    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    static WriteLimits defaults() {
        return new WriteLimits(DEFAULT_REQUEST_BYTES, DEFAULT_REQUEST_ROWS, DEFAULT_IN_FLIGHT, DEFAULT_TIMEOUT);
    }

    public static WriteLimits from(Section section) {
        WriteLimits limits = new WriteLimits(
                section.integer("requestBytes", DEFAULT_REQUEST_BYTES, 1 << 16, MAX_REQUEST_BYTES),
                section.integer("requestRows", DEFAULT_REQUEST_ROWS, 1, 16_384),
                section.integer("inFlight", DEFAULT_IN_FLIGHT, 1, 16),
                section.duration("timeout", DEFAULT_TIMEOUT));
        section.done();
        return limits;
    }
}
