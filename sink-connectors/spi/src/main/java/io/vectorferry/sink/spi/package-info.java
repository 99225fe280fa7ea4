/** The contract of a target: checks, a writer, and a reader that does not rely on the writer. */
@NullMarked
package io.vectorferry.sink.spi;

import org.jspecify.annotations.NullMarked;
