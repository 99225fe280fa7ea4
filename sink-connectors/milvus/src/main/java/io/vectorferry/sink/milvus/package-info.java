/** The Milvus target. */
@NullMarked
package io.vectorferry.sink.milvus;

import org.jspecify.annotations.NullMarked;
