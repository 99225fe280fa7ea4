/** What a partition remembers, and its state stores. */
@NullMarked
package io.vectorferry.stream.state;

import org.jspecify.annotations.NullMarked;
