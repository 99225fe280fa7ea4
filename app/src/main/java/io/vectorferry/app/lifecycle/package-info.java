/** The commands for the life of a pipeline and for its routing. */
@NullMarked
package io.vectorferry.app.lifecycle;

import org.jspecify.annotations.NullMarked;
