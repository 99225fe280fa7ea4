/** The state of a partition, and its stores. */
@NullMarked
package io.vectorferry.stream.state;

import org.jspecify.annotations.NullMarked;
