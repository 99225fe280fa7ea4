/** The state of the join, and its stores. */
@NullMarked
package io.vectorferry.stream.join.state;

import org.jspecify.annotations.NullMarked;
