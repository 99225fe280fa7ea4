/** Changes of PostgreSQL by Debezium. */
@NullMarked
package io.vectorferry.producer.postgres.capture;

import org.jspecify.annotations.NullMarked;
