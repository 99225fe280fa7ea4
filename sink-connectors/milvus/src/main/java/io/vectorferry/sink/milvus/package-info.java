/** Milvus as a target, over its gRPC interface: columns instead of JSON rows, deadlines and retries of our own. */
@NullMarked
package io.vectorferry.sink.milvus;

import org.jspecify.annotations.NullMarked;
