/** What the join remembers, and its state stores. */
@NullMarked
package io.vectorferry.stream.join.state;

import org.jspecify.annotations.NullMarked;
