package io.vectorferry.producer.spi;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import org.jspecify.annotations.Nullable;

/**
 * A row as a scan found it.
 *
 * @param problem why it cannot be read exactly; null where it can
 */
public record SourceRow(SourceKey key, Row row, @Nullable String problem) {}
