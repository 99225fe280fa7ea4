package io.vectorferry.producer.spi;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import org.jspecify.annotations.Nullable;

/**
 * A row as read from the source.
 *
 * @param problem why the row cannot be represented exactly; null if it can
 */
public record SourceRow(SourceKey key, Row row, @Nullable String problem) {}
