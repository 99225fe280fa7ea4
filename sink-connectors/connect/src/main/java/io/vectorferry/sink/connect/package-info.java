/** The data path that all Kafka Connect sinks share. */
@NullMarked
package io.vectorferry.sink.connect;

import org.jspecify.annotations.NullMarked;
