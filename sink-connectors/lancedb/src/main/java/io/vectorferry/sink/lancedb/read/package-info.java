/** Reads and searches a table independently of the writer. */
@NullMarked
package io.vectorferry.sink.lancedb.read;

import org.jspecify.annotations.NullMarked;
