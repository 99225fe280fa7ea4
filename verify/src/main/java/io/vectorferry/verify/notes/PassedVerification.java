package io.vectorferry.verify.notes;

import io.vectorferry.contracts.kafka.TopicEnds;

/**
 * One that found every row equal, or what came after such a one.
 *
 * @param settings a hash of all on which it depends
 * @param begun as ISO-8601 has it
 * @param fullBegun when the last one began that looked at every row
 * @param barrier the source's position at its last barrier
 * @param place where the pipeline's topics ended before it read the first row
 */
public record PassedVerification(String settings, String begun, String fullBegun, String barrier, TopicEnds place) {}
