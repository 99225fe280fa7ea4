/** Logical decoding through Debezium: events, values, and TOAST refill. */
@NullMarked
package io.vectorferry.producer.postgres.capture;

import org.jspecify.annotations.NullMarked;
