package io.vectorferry.stores.chroma;

import io.vectorferry.contracts.row.Row;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read.
 *
 * @param problem why it cannot be published; null where it can
 */
public record ChromaRecord(String id, Row row, @Nullable String problem) {}
