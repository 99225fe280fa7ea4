package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.message.Row;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read.
 *
 * @param problem why it cannot be published; null where it can
 */
record FetchedRow(String id, Row row, @Nullable String problem) {}
