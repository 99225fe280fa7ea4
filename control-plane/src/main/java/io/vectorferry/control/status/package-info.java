/** The status of a pipeline, and its metrics. */
@NullMarked
package io.vectorferry.control.status;

import org.jspecify.annotations.NullMarked;
