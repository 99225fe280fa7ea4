package io.vectorferry.stores.chroma;

/**
 * What a server takes in one write, as its pre-flight checks report it.
 *
 * @param batchRecords maximum number of records; 0 if the server does not report it
 * @param base64 whether vectors may be sent as their bytes in Base64, which is the only exact way
 */
public record ChromaLimits(int batchRecords, boolean base64) {}
