package io.vectorferry.stores.chroma;

/**
 * The limits of one write, as the pre-flight checks of a server report them.
 *
 * @param batchRecords maximum number of records; 0 if the server does not report it
 * @param base64 whether vectors may be sent as their bytes in Base64, which is the only exact way
 */
public record ChromaLimits(int batchRecords, boolean base64) {}
