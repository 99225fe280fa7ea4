package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;

/** A row of the source and where it belongs in the target. */
public record SourceEntry(TargetKey.Id id, SourceKey key, Expectation expectation) {}
