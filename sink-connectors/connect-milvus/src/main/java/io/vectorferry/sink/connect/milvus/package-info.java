/** The Milvus sink for Kafka Connect. */
@NullMarked
package io.vectorferry.sink.connect.milvus;

import org.jspecify.annotations.NullMarked;
