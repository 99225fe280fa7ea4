package io.vectorferry.control.verify;

/** The first 128 bits of the SHA-256 of a row's canonical form: enough that two contents of one key never meet. */
public record RowHash(long high, long low) {}
