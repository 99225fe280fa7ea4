/** The stages of a pipeline in one process. */
@NullMarked
package io.vectorferry.app.process;

import org.jspecify.annotations.NullMarked;
