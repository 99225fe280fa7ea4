package io.vectorferry.producer;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import org.jspecify.annotations.Nullable;

/**
 * A row as a scan found it.
 *
 * @param problem why it cannot be read exactly; null where it can
 */
public record SourceRow(SourceKey key, Row row, @Nullable String problem) {}
