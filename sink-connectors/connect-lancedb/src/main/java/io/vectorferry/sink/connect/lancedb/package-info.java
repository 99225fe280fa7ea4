/** The LanceDB sink for Kafka Connect. */
@NullMarked
package io.vectorferry.sink.connect.lancedb;

import org.jspecify.annotations.NullMarked;
