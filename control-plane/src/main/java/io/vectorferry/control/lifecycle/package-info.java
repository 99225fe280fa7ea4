/** The life cycle of a pipeline, its events, and its one controller. */
@NullMarked
package io.vectorferry.control.lifecycle;

import org.jspecify.annotations.NullMarked;
