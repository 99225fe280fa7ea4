package io.vectorferry.stream;

import io.vectorferry.contracts.message.Row;
import java.util.Optional;

/** One step on a row's content; empty when the row is not for the target. May refuse the row with a FerryException of kind REJECTED_RECORD. */
@FunctionalInterface
interface RowTransform {
    Optional<Row> apply(Row row);
}
