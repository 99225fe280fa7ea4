/** A collection: layout, types, index, and expressions. */
@NullMarked
package io.vectorferry.sink.milvus.collection;

import org.jspecify.annotations.NullMarked;
