/** The connector as a user installs it. */
@NullMarked
package io.vectorferry.sink.connect.milvus;

import org.jspecify.annotations.NullMarked;
