/** The routing of an application's reads and writes, and what shadow reads find. */
@NullMarked
package io.vectorferry.control.routing;

import org.jspecify.annotations.NullMarked;
