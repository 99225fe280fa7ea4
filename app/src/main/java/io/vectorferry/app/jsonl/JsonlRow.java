package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.TargetKey;

/** A row of a file. */
record JsonlRow(TargetKey key, Row row) {}
