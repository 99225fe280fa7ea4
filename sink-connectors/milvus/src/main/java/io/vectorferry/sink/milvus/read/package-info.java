/** Reads and searches a collection independently of the writer. */
@NullMarked
package io.vectorferry.sink.milvus.read;

import org.jspecify.annotations.NullMarked;
