package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.rules.Expected;

/** A row of the source, and what the target must hold for it under which id. */
public record ExpectedRow(TargetKey.Id id, SourceKey key, Expected expected) {}
