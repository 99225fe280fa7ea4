package io.vectorferry.contracts.message;

/** A value of {@code id-map}: where a source key went; a tombstone when its row was deleted. */
public record IdMapping(TargetKey target, long mappedMicros) {}
