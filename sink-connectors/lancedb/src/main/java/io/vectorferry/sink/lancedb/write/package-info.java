/** The writer: rows, deletions and offsets in one commit. */
@NullMarked
package io.vectorferry.sink.lancedb.write;

import org.jspecify.annotations.NullMarked;
