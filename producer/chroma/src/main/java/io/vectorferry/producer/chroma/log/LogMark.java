package io.vectorferry.producer.chroma.log;

/**
 * The newest entry of a collection's log that was seen. Chroma never purges a collection's newest entry, and gives out
 * numbers above the highest that there is: so as long as the collection exists, no number up to this one is used again.
 *
 * @param sequence 0 where the log had no entry of the collection
 * @param entry what the entry says, so that another one under its number (a restored database) does not pass for it
 * @param schemaVersion of the database file, which a vacuum changes: after one nothing is taken for granted
 */
public record LogMark(long sequence, String entry, long schemaVersion) {}
