/** Reads {@code records} and applies them: batches, retries, dead letters, barriers, and progress. */
@NullMarked
package io.vectorferry.sink.runner;

import org.jspecify.annotations.NullMarked;
