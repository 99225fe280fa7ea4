/** Loads a pipeline file and connects to its broker. */
@NullMarked
package io.vectorferry.app.pipeline;

import org.jspecify.annotations.NullMarked;
