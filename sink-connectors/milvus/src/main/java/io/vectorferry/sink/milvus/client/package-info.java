/** The gRPC connection, its errors, and its rate limit. */
@NullMarked
package io.vectorferry.sink.milvus.client;

import org.jspecify.annotations.NullMarked;
