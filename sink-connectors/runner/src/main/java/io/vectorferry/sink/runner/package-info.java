/** Reads {@code records} and has a target's writers apply them: batches, retries, dead letters, barriers, progress. */
@NullMarked
package io.vectorferry.sink.runner;

import org.jspecify.annotations.NullMarked;
