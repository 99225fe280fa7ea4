/** The writer: requests, limits, and abandoned requests. */
@NullMarked
package io.vectorferry.sink.milvus.write;

import org.jspecify.annotations.NullMarked;
