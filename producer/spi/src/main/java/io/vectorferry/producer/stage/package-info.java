/** The shared parts of the stages of all sources: work that runs concurrently. */
@NullMarked
package io.vectorferry.producer.stage;

import org.jspecify.annotations.NullMarked;
