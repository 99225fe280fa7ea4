/** The {@code ferry} command and the pipeline in one process. */
@NullMarked
package io.vectorferry.app;

import org.jspecify.annotations.NullMarked;
