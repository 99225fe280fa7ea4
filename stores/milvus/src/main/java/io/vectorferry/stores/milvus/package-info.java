/** Milvus: the gRPC connection, its errors and its rate limit, names, types, filters, and the values of fields. */
@NullMarked
package io.vectorferry.stores.milvus;

import org.jspecify.annotations.NullMarked;
