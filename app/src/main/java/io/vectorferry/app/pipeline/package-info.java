/** A pipeline file with what it configures, and the way to its broker. */
@NullMarked
package io.vectorferry.app.pipeline;

import org.jspecify.annotations.NullMarked;
