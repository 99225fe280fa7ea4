/** Builds and maintains the vector index. */
@NullMarked
package io.vectorferry.sink.lancedb.index;

import org.jspecify.annotations.NullMarked;
