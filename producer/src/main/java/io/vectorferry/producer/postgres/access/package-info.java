/** The pipeline's settings for PostgreSQL, and its connections. */
@NullMarked
package io.vectorferry.producer.postgres.access;

import org.jspecify.annotations.NullMarked;
