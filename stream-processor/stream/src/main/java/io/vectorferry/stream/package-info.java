/** The Kafka Streams application: topology, settings, and stage. */
@NullMarked
package io.vectorferry.stream;

import org.jspecify.annotations.NullMarked;
