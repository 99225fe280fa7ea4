package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import java.util.Map;

/** Rows that are known not to be in the target: the dead letters. */
public interface Explanations {
    Explanations NONE = rows -> Map.of();

    /**
     * Those of the rows whose very content stands in an open dead letter, with its error.
     *
     * @param rows as the target should hold them
     */
    Map<SourceKey, ErrorType> of(Map<SourceKey, RowHash> rows);
}
