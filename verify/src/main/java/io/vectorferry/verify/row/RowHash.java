package io.vectorferry.verify.row;

/** 128 bits of XXH3 of a row's canonical form: two contents of one key do not meet by chance. Who wants them to meet could arrange it, in rows of his own. */
public record RowHash(long high, long low) {}
