package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;

/** A row of a file. */
record JsonlRow(TargetKey key, Row row) {}
